/* A person's page in a browser: how the phone is, kept fresh beside whatever is being typed.
   Without this file the page works as well. A form that is in use stays as it is: what it was made for is told to the
   board, which does nothing where that is no longer so. */
"use strict";

(() => {
  const BETWEEN = 2500, PATIENCE = 5000; // milliseconds
  const parts = ["now", "warnings", "person", "department", "acts-now", "days", "changes"];
  const page = location.pathname.split("/").slice(0, 4).join("/"); // a refused form is shown at its own address
  const tell = answering.tell;
  let tag = "", next = 0, newest = 0;

  async function refresh() {
    const mine = ++newest, stop = new AbortController(), tooLong = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const options = { headers, cache: "no-store", redirect: "manual", signal: stop.signal };
      const answer = await fetch(page, options);
      if (answer.status === 401 || answer.type === "opaqueredirect") return signedOut();
      const text = answer.ok ? await answer.text() : "";
      if (mine !== newest) return undefined; // another, asked for since, is on its way
      if (answer.ok) tag = replace(text) ? answer.headers.get("ETag") || "" : "";
      tell(answer.ok || answer.status === 304 ? "" : answer.status === 503 ? "store" : "board");
    } catch {
      if (mine === newest) tell("board");
    } finally {
      clearTimeout(tooLong);
      clearTimeout(next);
      next = setTimeout(refresh, BETWEEN);
    }
    return undefined;
  }

  function begun() {
    const form = document.querySelector("form.refer");
    return form && [...form.elements].some((one) => one === document.activeElement ||
      (one.type === "text" && one.value) || (one.type === "radio" && one.checked !== one.defaultChecked));
  }

  function signedOut() { // what is typed is not thrown away, and is good again once somebody has signed in
    tag = "";
    if (begun()) return tell("session");
    return location.replace(page);
  }

  const plain = (part) => part.innerHTML.replace(/name="form" value="[^"]*"/g, ""); // another value each time

  function replace(text) { // whether all of it is shown now
    const fresh = new DOMParser().parseFromString(text, "text/html"), old = document.querySelector("form.refer");
    const keeps = begun(), its = fresh.querySelector("form.refer"), ours = fresh.querySelector("input[name=csrf]");
    if (fresh.documentElement.lang !== document.documentElement.lang && !keeps) location.replace(page);
    const all = parts.map((id) => replacePart(document.getElementById(id), fresh.getElementById(id)));
    if (old && its && !keeps) old.elements.state.value = its.elements.state.value;
    for (const one of document.querySelectorAll("input[name=csrf]")) if (ours) one.value = ours.value;
    return all.every(Boolean);
  }

  function replacePart(old, part) {
    if (!old || !part) return true;
    if (old.contains(document.activeElement)) return plain(old) === plain(part);
    const unfolded = [...old.querySelectorAll("details")].map((one) => one.open);
    [...part.querySelectorAll("details")].forEach((one, place) => { one.open = unfolded[place] || false; });
    if (plain(old) !== plain(part)) old.replaceChildren(...part.childNodes);
    old.hidden = part.hidden;
    return true;
  }

  // The keyboard, as in the list: a caller may be on the line about somebody else.
  const search = document.getElementById("q");
  let early = null; // what is typed while the list is on its way: a name without its first letters is another one
  document.addEventListener("keydown", (event) => {
    const { key, target } = event, field = target.matches("input:not([type=radio]), select, textarea");
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (early !== null) typeEarly(event);
    else if (key === "Escape" && field && target !== search) target.blur(); // what is typed stays
    else if (key === "Escape") toList();
    else if (!field && key.length === 1 && key !== " " && searchesAnywhere()) {
      search.focus(); // the letter itself goes there; Enter leads to the list
      if (key === "/") event.preventDefault();
    }
  });

  function toList() {
    early = "";
    location.assign("/");
  }

  function typeEarly(event) {
    event.preventDefault();
    if (event.key.length === 1 && event.key !== "/") early += event.key;
    try {
      sessionStorage.setItem("early", early);
    } catch {
      // It is typed anew.
    }
  }

  function searchesAnywhere() {
    try { // as it is chosen in the list
      return localStorage.getItem("anywhere") !== "no";
    } catch {
      return true;
    }
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) tag = ""; });
  next = setTimeout(refresh, BETWEEN);
  answering.onChange(refresh);
})();
