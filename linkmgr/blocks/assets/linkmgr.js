// linkmgr: counts clicks on its links. No cookies, nothing about the reader.
(function (tag) {
  function quiet() {
    if (/(^|; )linkmgr_optout=/.test(document.cookie)) return true;
    try { if (localStorage.linkmgr_optout) return true; } catch (e) { /* barred */ }
    return "respectGpc" in tag.dataset
      && (navigator.globalPrivacyControl || navigator.doNotTrack == "1");
  }
  function count(event) {
    var link = event.target.closest && event.target.closest("a[data-linkmgr-hit]");
    if (!link || event.button > 1) return; // 2 opens the menu
    link.removeAttribute("ping"); // or one click counts twice
    var url = link.dataset.linkmgrHit;
    if (!quiet() && !(navigator.sendBeacon && navigator.sendBeacon(url)))
      fetch(url, { method: "POST", mode: "no-cors", keepalive: true });
  }
  addEventListener("click", count, true); // by Enter too
  addEventListener("auxclick", count, true);
})(document.currentScript);
