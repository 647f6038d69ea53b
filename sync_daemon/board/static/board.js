/* The list in a browser: the keyboard, and what is shown kept fresh without taking focus, text or place from anybody.
   Without this file the page works as well: it is a form, and it reloads. */
"use strict";

(() => {
  const AFTER_TYPING = 80, BETWEEN = 2500, PATIENCE = 5000; // milliseconds
  const form = document.getElementById("search");
  if (!form) return;
  const typed = form.elements.q, people = document.getElementById("people"), anywhere = document.getElementById("anywhere");
  const everybody = document.getElementById("everybody"), unanswered = document.getElementById("unanswered");
  let tag = "", newest = 0, waiting = 0, soon = 0, asking = null;

  const filled = (fields) => new URLSearchParams([...fields].filter(([, value]) => value !== "")).toString();
  const asked = () => filled(new FormData(form));
  let shown = filled(new URLSearchParams(location.search)); // what the rows that stand there answer
  const rows = () => [...people.children];
  const rowOf = (element) => element.closest("#people > li");
  const open = (row) => row && row.querySelector("a");

  // What is shown.

  async function refresh() {
    clearTimeout(waiting);
    clearTimeout(soon);
    if (asking) asking.abort();
    const mine = ++newest, query = asked(), stop = asking = new AbortController();
    const tooLong = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const headers = tag && query === shown ? { "If-None-Match": tag } : {};
      const answer = await fetch(`/list?${query}`, { headers, cache: "no-store", redirect: "manual", signal: stop.signal });
      if (answer.status === 401 || answer.type === "opaqueredirect") return location.reload(); // to sign in anew
      const text = answer.ok ? await answer.text() : "";
      const language = answer.headers.get("Content-Language"); // another window may have changed it
      if (answer.ok && language !== document.documentElement.lang) return location.reload();
      if (mine !== newest) return undefined; // what was typed since is asked for already
      if (answer.ok) replace(text);
      if (answer.ok) [shown, tag] = [query, answer.headers.get("ETag") || ""];
      answering.tell(answer.ok || answer.status === 304 ? "" : answer.status === 503 ? "store" : "board");
    } catch {
      if (mine === newest) answering.tell("board");
    } finally {
      clearTimeout(tooLong);
      if (mine === newest) {
        mark();
        waiting = setTimeout(refresh, BETWEEN);
      }
    }
    return undefined;
  }

  function mark() { // rows of another search than what is typed are not taken for its answer
    const old = asked() !== shown, never = old && answering.fails(), text = typed.value.trim();
    people.setAttribute("aria-busy", old);
    people.inert = never;
    form.classList.toggle("old", old);
    form.classList.toggle("unanswered", never);
    const told = text ? unanswered.dataset.typed.replace("{typed}", () => text) : unanswered.dataset.chosen;
    if (unanswered.textContent !== (never ? told : "")) unanswered.textContent = never ? told : "";
  }

  function replace(text) {
    for (const part of [...new DOMParser().parseFromString(text, "text/html").body.children]) {
      const old = document.getElementById(part.id);
      if (!old || old.outerHTML === part.outerHTML) continue;
      if (part.id === "people") replaceRows(old, part);
      else old.replaceChildren(...part.childNodes);
      old.hidden = part.hidden;
    }
  }

  function replaceRows(list, fresh) {
    const held = rowOf(document.activeElement), id = held && held.id;
    const wanted = [...fresh.children], ids = new Set(wanted.map((row) => row.id));
    for (const row of [...list.children]) if (!ids.has(row.id)) row.remove();
    const known = new Map([...list.children].map((row) => [row.id, row]));
    wanted.forEach((row, place) => {
      const old = known.get(row.id), one = old && old.outerHTML === row.outerHTML ? old : row;
      if (old && one !== old) old.replaceWith(row);
      if (list.children[place] !== one) list.insertBefore(one, list.children[place] || null);
    });
    if (!held || rowOf(document.activeElement)) return;
    const again = open(document.getElementById(id)) || typed; // never another person's row under the operator's hand
    again.focus({ preventScroll: true });
  }

  function ask() {
    form.classList.toggle("narrowed", Boolean(typed.value.trim()));
    clearTimeout(soon); // of its own: an answer that comes meanwhile sets the other one
    soon = setTimeout(refresh, AFTER_TYPING);
    history.replaceState(null, "", asked() ? `/?${asked()}` : "/");
    everybody.classList.toggle("absent", !asked());
    mark();
  }

  function arrange(changed) { // a department is of the municipality that is chosen
    const { tenant, department } = form.elements;
    if (!tenant || !department) return;
    const of = department.value.split("/")[0];
    if (of && tenant.value && of !== tenant.value && changed === tenant) department.value = "";
    else if (of && tenant.value) tenant.value = of;
    for (const group of department.querySelectorAll("optgroup")) group.hidden = Boolean(tenant.value) && group.label !== tenant.value;
  }

  // The keyboard.

  async function settled() { // whether the rows are those of what is typed
    for (let tries = 0; asked() !== shown && tries < 3; tries++) await refresh(); // another one may come between
    return asked() === shown;
  }

  async function move(step) {
    const from = document.activeElement;
    if (asked() !== shown && (!(await settled()) || document.activeElement !== from)) return;
    const all = rows(), place = all.indexOf(rowOf(document.activeElement)) + step;
    const next = place < 0 ? typed : open(all[Math.min(place, all.length - 1)]);
    if (next) next.focus();
  }

  async function openFirst() {
    if (!(await settled()) || document.activeElement !== typed) return; // somebody has gone on
    const first = open(rows()[0]);
    if (first && document.querySelector("#enter:not([hidden]) [data-opens]")) first.click(); // never one of several
    else if (first) first.focus();
  }

  function clear() {
    for (const field of form.querySelectorAll("input[type=checkbox]")) field.checked = false;
    for (const name of ["q", "tenant", "department"]) if (form.elements[name]) form.elements[name].value = "";
    arrange(null);
    typed.focus();
    ask();
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event, field = target.matches("input:not([type=checkbox]), select, textarea");
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || (field && target !== typed && key !== "Escape")) return;
    const search = !field && anywhere.checked && key.length === 1 && key !== " ";
    const other = Boolean(rowOf(target)) && asked() !== shown; // a row of another search
    if (key === "Enter" && (event.repeat || other)) event.preventDefault(); // held down it opens nobody unseen
    else if (key === "Escape") clear();
    else if (key === "ArrowDown") move(1);
    else if (key === "ArrowUp" && target !== typed) move(-1);
    else if (key === "Enter" && target === typed) openFirst();
    else if (search) {
      typed.focus();
      typed.select(); // the letter itself goes there, in the place of the last search
    }
    if (["Escape", "ArrowDown", "ArrowUp"].includes(key) || (key === "Enter" && target === typed) || (search && key === "/")) {
      event.preventDefault();
    }
  });

  try { // a browser may be told to keep nothing
    anywhere.checked = localStorage.getItem("anywhere") !== "no";
    anywhere.addEventListener("change", () => localStorage.setItem("anywhere", anywhere.checked ? "yes" : "no"));
  } catch {
    anywhere.checked = true;
  }
  anywhere.closest("[hidden]").hidden = false;

  function takeEarly() { // what was typed on a person's page while this one was on its way
    try {
      const early = sessionStorage.getItem("early") || "";
      sessionStorage.removeItem("early");
      typed.value = early + typed.value;
      if (early) ask();
    } catch {
      // It is typed anew.
    }
  }

  form.addEventListener("input", (event) => { arrange(event.target); ask(); });
  form.addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
  const language = document.querySelector("a.language");
  language.addEventListener("click", () => { language.search = `?${new URLSearchParams(`${asked()}&lang=${language.lang}`)}`; });
  form.classList.add("live");
  form.classList.toggle("narrowed", Boolean(typed.value.trim()));
  arrange(null);
  takeEarly();
  refresh();
  answering.onChange(refresh);
})();
