// talkoo
