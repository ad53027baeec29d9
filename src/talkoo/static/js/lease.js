// A task stays yours while its page is open and seen: [data-renew-url][data-renew-seconds] asks for more time.
(() => {
  "use strict";
  const { $, words, toast, post, ready } = window.talkoo;
  let timer;
  let last = Date.now();

  const renew = async () => {
    const lease = $("[data-renew-url]");
    if (!lease || document.hidden) return;
    last = Date.now();
    try {
      const answer = await post(lease.dataset.renewUrl);
      if ([404, 409, 410].includes(answer.status)) {
        clearInterval(timer);
        toast(words.leaseLost, { tone: "warm", stay: true, name: "lease" });
      }
    } catch { /* offline: the next one may get through; a late answer still counts while there is room */ }
  };
  const every = () => Number($("[data-renew-url]")?.dataset.renewSeconds || 0) * 1000;
  ready(() => {
    clearInterval(timer);
    toast("", { name: "lease" });
    if (every()) timer = setInterval(renew, every());
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && every() && Date.now() - last > every()) renew(); });
})();
