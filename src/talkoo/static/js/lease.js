// lease
