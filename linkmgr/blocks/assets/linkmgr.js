// linkmgr: counts clicks on its links, without cookies.
(tag => {
  const quiet = () => {
    try {
      if (/\blinkmgr_optout=/.test(document.cookie) || localStorage.linkmgr_optout) return 1;
    } catch { /* barred */ }
    return "respectGpc" in tag.dataset
      && (navigator.globalPrivacyControl || navigator.doNotTrack == "1");
  };
  const delegated = link => { // where its programme forbids attributes
    const words = link.closest("[data-linkmgr-hits]")?.dataset.linkmgrHits.split(" ") ?? [];
    return words[words.indexOf(link.getAttribute("href")) + 1 || -1];
  };
  const count = event => {
    const link = event.target.closest?.("a[href]");
    // 2 opens the menu; the script may be there twice
    if (!link || event.button > 1 || event.linkmgr) return;
    const url = link.dataset.linkmgrHit ?? delegated(link);
    if (!url) return;
    event.linkmgr = 1;
    link.removeAttribute("ping"); // or one click counts twice
    const how = { method: "POST", mode: "no-cors", credentials: "include", keepalive: true };
    if (!quiet() && !navigator.sendBeacon?.(url)) fetch(url, how).catch(() => {});
  };
  addEventListener("click", count, true); // by Enter too
  addEventListener("auxclick", count, true);
})(document.currentScript);
