/* Whether the board answers, and what time it is there; the list and a person's page both tell it.
   The board's clock is the only one that is shown, also while it does not answer: this machine's may say another time. */
"use strict";

const answering = (() => {
  const TICK = 1000, PAUSE = 2500, LONGEST = 30000, MINUTE = 60000; // milliseconds
  const lost = document.getElementById("lost");
  const clock = () => document.querySelector("#now time");
  let told = clock().textContent, toldAt = performance.now(), answeredAt = toldAt;

  function tell(what) { // "" where it answers, else which sentence of the page says why what is shown may be old
    if (!what) answered();
    else if (lost.hidden || lost.dataset.what !== what) lost.textContent = lost.dataset[what].replace("{time}", told);
    lost.dataset.what = what;
    lost.hidden = !what;
  }

  function answered() {
    const time = clock();
    answeredAt = performance.now();
    if ("ticked" in time.dataset) time.textContent = told; // it is still the same minute there
    else if (time.textContent !== told) [told, toldAt] = [time.textContent, answeredAt];
    delete time.dataset.ticked;
  }

  function tick() { // while it does not answer
    if (lost.hidden) return;
    const [hours, minutes] = told.match(/\d+/g).map(Number), time = clock();
    const within = Math.min(answeredAt - toldAt, MINUTE - TICK), since = performance.now() - answeredAt;
    const now = hours * 60 + minutes + Math.floor((within + since) / MINUTE);
    const two = (number) => String(number).padStart(2, "0");
    time.dataset.ticked = "";
    time.textContent = two(Math.floor(now / 60) % 24) + told.replace(/\d/g, "") + two(now % 60);
  }

  const again = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
  const seen = () => new Promise((done) => {
    if (!document.hidden) done();
    else document.addEventListener("visibilitychange", done, { once: true });
  });

  async function changed(since) { // which version is shown there, as soon as it is another
    const stop = new AbortController(), tooLong = setTimeout(() => stop.abort(), LONGEST);
    const hides = () => { if (document.hidden) stop.abort(); }; // a browser has few connections for all its tabs
    document.addEventListener("visibilitychange", hides);
    try {
      const options = { cache: "no-store", redirect: "manual", signal: stop.signal };
      const answer = await fetch(`/changed?since=${encodeURIComponent(since)}`, options);
      return answer.ok ? await answer.text() : "";
    } catch {
      return ""; // the page's own asking tells of it
    } finally {
      clearTimeout(tooLong);
      document.removeEventListener("visibilitychange", hides);
    }
  }

  async function onChange(refresh) { // at once, beside what the page asks every few seconds; not where nobody looks
    for (let known = ""; ;) {
      await seen();
      const version = await changed(known);
      if (known && version && version !== known) await refresh();
      if (version) known = version; else await again(PAUSE);
    }
  }

  setInterval(tick, TICK);
  return { tell, onChange, fails: () => !lost.hidden };
})();
