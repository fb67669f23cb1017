// Runs on the pages of a host that the user opened for good: says when a page was loaded or changed, so that it is read
// again, and hands the answer to the marks. Reads nothing itself and changes nothing.
(() => {
  "use strict";
  if (globalThis.leastwiseWatch) {
    globalThis.leastwiseWatch();
    return;
  }

  // Changes come in bursts: wait for QUIET ms without one, but not longer than LONGEST ms, and rest in between.
  const QUIET = 300;
  const LONGEST = 2000;
  const REST = 1000;
  const OWN = "LEASTWISE-MARK";

  let timer;
  let since; // When the first change came that was not read yet.
  let rested = 0;
  let asking = false;

  const ours = (record) =>
    record.type === "childList" && [...record.addedNodes, ...record.removedNodes].every((node) => node.nodeName === OWN);
  const content = new MutationObserver((records) => {
    if (!records.every(ours)) changed();
  });
  // Another page in the same document.
  const frame = new MutationObserver(() => {
    watch();
    changed();
  });

  function watch() {
    content.observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
      attributeFilter: ["datetime", "href", "aria-busy", "aria-sort"],
    });
  }

  function changed() {
    const now = performance.now();
    since ??= now;
    if (asking) return;
    clearTimeout(timer);
    timer = setTimeout(ask, Math.max(rested - now, Math.min(QUIET, since + LONGEST - now), 0));
  }

  async function ask() {
    since = undefined;
    asking = true;
    let answer;
    try {
      answer = await chrome.runtime.sendMessage({ tell: "changed" });
    } catch {
      answer = { off: true }; // The extension was updated or taken away: its next version begins anew.
    }
    asking = false;
    rested = performance.now() + REST;
    if (answer?.off) return stop();
    // Nothing of this page is read: it may change as it likes.
    if (!answer?.read) content.disconnect();
    if (since !== undefined) changed();
    globalThis.leastwiseMarks?.show(answer?.marks ?? []);
  }

  function stop() {
    clearTimeout(timer);
    content.disconnect();
    frame.disconnect();
    globalThis.leastwiseMarks?.show([]);
    delete globalThis.leastwiseWatch;
  }

  chrome.runtime.onMessage.addListener((message) => {
    if (message?.tell === "access" && globalThis.leastwiseWatch) changed();
  });
  globalThis.leastwiseWatch = changed;
  frame.observe(document.body, { attributes: true, attributeFilter: ["data-page"] });
  watch();
  changed();
})();
