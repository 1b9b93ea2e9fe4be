// Makes the status page live. Everything here is a convenience: without it the page is complete.
// Parts: helpers, colours, times, tooltip, morph, the list (filter, sort), opened components,
// history bars, keys, dialogs, the live connection.
(() => {
  "use strict";

  // ---- helpers ----
  const $ = (what, where = document) => where.querySelector(what);
  const $$ = (what, where = document) => [...where.querySelectorAll(what)];
  const body = document.body, root = document.documentElement;
  const list = $("#list"), form = list && $("#controls");
  const byId = (id) => document.getElementById(id);
  const path = (name) => encodeURIComponent(name);
  const make = (tag, props) => Object.assign(document.createElement(tag), props);
  const parse = (html) => { const t = document.createElement("template"); t.innerHTML = html; return t.content; };
  root.classList.add("js");

  let waiting = [], sayTimer;
  function announce(text) { // for screen readers; what comes within a second is said together
    waiting.push(text);
    clearTimeout(sayTimer);
    sayTimer = setTimeout(() => {
      const more = waiting.length - 3;
      byId("live").textContent = waiting.slice(0, 3).join(". ") + (more > 0 ? `. And ${more} more.` : "");
      waiting = [];
    }, 1000);
  }
  let toastTimer;
  function toast(text) {
    const el = byId("toast");
    el.textContent = text;
    el.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { el.hidden = true; }, 6000);
  }

  // ---- colours: light, dark, or as the system says ----
  const memory = { get: (k) => { try { return localStorage.getItem(k); } catch { return null; } }, set: (k, v) => { try { localStorage.setItem(k, v); } catch { /* private window */ } } };
  function paint(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme; else delete root.dataset.theme;
    for (const b of $$("[data-set-theme]")) b.setAttribute("aria-pressed", String(b.dataset.setTheme === (root.dataset.theme || "auto")));
  }
  paint(memory.get("theme"));
  for (const b of $$("[data-set-theme]")) b.addEventListener("click", () => { memory.set("theme", b.dataset.setTheme); paint(b.dataset.setTheme); });

  // ---- times ----
  const off = Number(body.dataset.now) * 1000 - Date.now(); // the reader's clock may be wrong
  const now = () => Date.now() + (Math.abs(off) > 5000 ? off : 0);
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
  const dayClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const fullHere = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
  const utc = (d) => d.toISOString().slice(0, 19).replace("T", " ") + " UTC";
  const short = (d) => (d.toDateString() === new Date(now()).toDateString() ? clock : dayClock).format(d);
  function lasted(ms) { // the server uses the same words
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return `${s} s`;
    if (s < 3600) return `${Math.floor(s / 60)} min`;
    if (s < 172800) return `${Math.floor(s / 3600)} h`;
    return `${Math.floor(s / 86400)} d`;
  }
  function tick(el) {
    const at = Date.parse(el.dateTime);
    if (isNaN(at)) return;
    const left = at - now();
    const text = "ago" in el.dataset ? lasted(-left) : "countdown" in el.dataset ? (left > 0 ? `in ${lasted(left + 999)}` : "now") : "at" in el.dataset ? short(new Date(at)) : el.textContent;
    if (el.textContent !== text) el.textContent = text;
  }
  const seen = new Set();
  const eye = new IntersectionObserver((all) => {
    for (const { target, isIntersecting } of all) {
      if (isIntersecting) { seen.add(target); tick(target); } else seen.delete(target);
    }
  });
  const watch = (where) => { for (const t of $$("time[data-ago],time[data-countdown],time[data-at]", where)) eye.observe(t); };
  setInterval(() => {
    if (document.hidden) return;
    for (const t of seen) { if (t.isConnected) tick(t); else { eye.unobserve(t); seen.delete(t); } }
  }, 1000);

  // ---- one tooltip for times and bars, with mouse and keyboard ----
  const tip = make("div", { id: "tip", hidden: true });
  const mark = make("div", { id: "mark", hidden: true });
  tip.setAttribute("role", "tooltip");
  body.append(tip, mark);
  let tipFor = null;
  function showTip(el, text, x, box) {
    tipFor = el;
    tip.textContent = text;
    tip.hidden = false;
    const w = tip.offsetWidth, h = tip.offsetHeight;
    tip.style.left = `${Math.max(8, Math.min(innerWidth - w - 8, x - w / 2))}px`;
    tip.style.top = `${box.top - h - 8 > 0 ? box.top - h - 8 : box.bottom + 8}px`;
  }
  function hideTip() { tipFor = null; tip.hidden = mark.hidden = true; }
  function timeTip(el) {
    const d = new Date(el.dateTime), box = el.getBoundingClientRect();
    if (isNaN(d)) return;
    el.setAttribute("aria-describedby", "tip");
    showTip(el, `${fullHere.format(d)}\n${utc(d)}`, box.left + box.width / 2, box);
  }
  document.addEventListener("pointerover", (e) => {
    const t = e.target.closest("time,.bar");
    if (!t) { if (tipFor && tipFor !== document.activeElement) hideTip(); } else if (t.localName === "time") timeTip(t);
  });
  document.addEventListener("focusin", (e) => {
    const t = e.target;
    // Only the row in use has tab stops on its times and its bar: 1,000 rows stay quick to walk.
    const near = t.closest(".c, .comp, .say, .inc");
    if (near) {
      for (const el of $$("time:not([tabindex])", near)) el.tabIndex = 0;
      for (const el of $$(".bar", near)) slider(el);
    }
    if (t.localName === "time") timeTip(t); else if (t.matches(".bar")) showSlot(t, slotOf(t)); else hideTip();
  });
  addEventListener("scroll", hideTip, { passive: true, capture: true });

  // ---- morph: makes an element equal to a new one, touching only what differs,
  //      so focus, selection, open details and scroll positions stay ----
  const OURS = new Set(["hidden", "open", "tabindex", "role", "aria-expanded", "aria-controls", "aria-describedby", "aria-valuenow", "aria-valuetext", "aria-valuemin", "aria-valuemax"]);
  const sameKind = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.nodeType !== 1 ||
    (a.id === b.id && a.classList[0] === b.classList[0] && a.getAttribute("href") === b.getAttribute("href")));
  const mine = (n) => n.nodeType === 1 && "client" in n.dataset;
  function morph(old, fresh) {
    if (old.nodeType !== 1) { if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue; return; }
    if (old.matches(".bar") && list && old.parentNode.matches(".c") && fresh.dataset.by !== form.history.value) return; // the reader looks at another span
    for (const { name } of [...old.attributes]) if (!OURS.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (!OURS.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    if (old.localName === "time") { old.textContent = fresh.textContent; return tick(old); }
    if (old.matches("input,select,textarea")) { if (old.localName === "select" && old.innerHTML !== fresh.innerHTML) { const v = old.value; old.innerHTML = fresh.innerHTML; old.value = v; } return; }
    let o = old.firstChild;
    const skip = () => { while (o && mine(o)) o = o.nextSibling; };
    const comesLater = (n) => { for (n = n.nextSibling; n; n = n.nextSibling) if (sameKind(o, n)) return true; return false; };
    for (let n = fresh.firstChild, next; n; n = next) {
      next = n.nextSibling;
      skip();
      while (o && !sameKind(o, n) && !comesLater(n)) { const gone = o; o = o.nextSibling; gone.remove(); skip(); }
      if (o && sameKind(o, n)) { morph(o, n); o = o.nextSibling; } else old.insertBefore(document.importNode(n, true), o);
    }
    while (o) { const gone = o; o = o.nextSibling; if (!mine(gone)) gone.remove(); }
  }

  // ---- the list: filter and sort, kept in the address ----
  const rows = new Map(); // name -> { el, text, labels }
  const DEFAULTS = { sort: "worst", view: "list", history: "hours" };
  function index(el) {
    rows.set(el.dataset.component, { el, text: null, labels: null });
    watch(el);
  }
  function words(row) {
    if (row.text === null) {
      const { dataset: d } = row.el;
      row.labels = $$(".facts .label", row.el).map((l) => l.textContent);
      row.text = [d.component, d.owner, d.group, ...row.labels, $(".why", row.el)?.textContent].join("\n").toLowerCase();
    }
    return row;
  }
  const number = (v, missing) => (v === undefined || v === "" ? missing : Number(v));
  const byName = (a, b) => (a.dataset.component ?? a.dataset.group).localeCompare(b.dataset.component ?? b.dataset.group, undefined, { numeric: true });
  const ORDER = {
    worst: (a, b) => number((b.dataset.worst ?? b.firstElementChild.dataset.worst), 0) - number((a.dataset.worst ?? a.firstElementChild.dataset.worst), 0),
    name: () => 0,
    since: (a, b) => number(b.dataset.since, 0) - number(a.dataset.since, 0),
    latency: (a, b) => number(b.dataset.p95, -1) - number(a.dataset.p95, -1),
    ratio: (a, b) => number(a.dataset.ratio, 101) - number(b.dataset.ratio, 101),
  };
  function place(parent, wanted) { // puts elements in order, moving as few as it can
    let at = parent.firstElementChild;
    for (const el of wanted) {
      if (at && at !== el && at.nextElementSibling === el) { parent.append(at); at = el; }
      if (at === el) at = at.nextElementSibling; else parent.insertBefore(el, at);
    }
  }
  function arrange() {
    const f = Object.fromEntries(new FormData(form)), terms = (f.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    const focus = document.activeElement, anchor = focus && focus.closest("#list .c"), top = anchor && anchor.getBoundingClientRect().top;
    let shown = 0;
    for (const row of rows.values()) {
      const { el } = row, d = el.dataset;
      const ok = (!f.status || d.status === f.status) && (!f.owner || d.owner === f.owner) && (!f.impact || d.impact === f.impact) && (!f.group || d.group === f.group)
        && (!f.label || words(row).labels.includes(f.label)) && terms.every((t) => words(row).text.includes(t));
      if (el.hidden === ok) el.hidden = !ok;
      shown += ok;
    }
    const sort = (els) => els.sort((a, b) => ORDER[f.sort](a, b) || byName(a, b));
    const flat = f.sort !== "worst", groups = $$(":scope > .g", list), all = [...rows.values()].map((r) => r.el);
    if (flat) place(list, sort(all));
    else {
      const inside = new Map(groups.map((g) => [g.dataset.group, []]));
      const first = all.filter((el) => !inside.has(el.dataset.group) || !inside.get(el.dataset.group).push(el));
      for (const g of groups) place($(".rows", g), sort(inside.get(g.dataset.group)));
      place(list, sort([...first, ...groups]));
    }
    for (const g of groups) g.hidden = flat || !$(".c:not([hidden])", g);
    list.dataset.view = f.view;
    byId("nothing").hidden = shown > 0;
    byId("found").textContent = shown === rows.size ? `${shown} components` : `${shown} of ${rows.size} components`;
    for (const a of $$(".counts a")) {
      if (a.dataset.filter === (f.status || "")) a.setAttribute("aria-current", "true"); else a.removeAttribute("aria-current");
    }
    if (anchor && anchor.isConnected) {
      if (document.activeElement !== focus) focus.focus({ preventScroll: true });
      if (top > 0 && top < innerHeight) scrollBy(0, anchor.getBoundingClientRect().top - top);
    }
  }
  function keepAddress() {
    const q = new URLSearchParams();
    for (const [k, v] of new FormData(form)) if (v && DEFAULTS[k] !== v) q.set(k, v);
    history.replaceState(null, "", `${location.pathname}${q.size ? `?${q}` : ""}${location.hash}`);
  }
  function choose(field, value) {
    form.elements[field].value = value;
    keepAddress();
    arrange();
  }
  function startList() {
    for (const el of $$(".c", list)) index(el);
    let typing;
    form.addEventListener("input", (e) => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        keepAddress();
        if (e.target.name === "history") { connect(); refresh(); } else arrange();
      }, e.target.name === "q" ? 80 : 0);
    });
    form.addEventListener("submit", (e) => e.preventDefault());
    form.addEventListener("reset", (e) => { e.preventDefault(); for (const n of ["q", "status", "owner", "impact", "label", "group"]) form.elements[n].value = ""; keepAddress(); arrange(); });
    byId("summary").addEventListener("click", (e) => {
      const a = e.target.closest("[data-filter]");
      if (!a || plain(e)) return;
      e.preventDefault();
      choose("status", form.elements.status.value === a.dataset.filter ? "" : a.dataset.filter);
    });
    list.addEventListener("click", (e) => {
      const el = e.target.closest(".c");
      if (!el || plain(e) || e.target.closest(".more, .bar, a:not(.name), button") || !getSelection().isCollapsed) return;
      e.preventDefault();
      toggle(el);
    });
    for (const el of $$(".c > .name", list)) el.setAttribute("aria-expanded", "false");
    const asked = location.hash.startsWith("#c-") && byId(decodeURIComponent(location.hash.slice(1)));
    if (asked) toggle(asked, true);
    arrange();
  }
  const plain = (e) => e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || e.button > 0; // a click meant for the browser

  // ---- opened components ----
  const opened = new Map(); // name -> { at, timer }
  function toggle(el, open = !opened.has(el.dataset.component)) {
    const name = el.dataset.component, link = $(".name", el);
    link.setAttribute("aria-expanded", String(open));
    if (!open) { clearTimeout(opened.get(name)?.timer); opened.delete(name); $(":scope > .more", el)?.remove(); }
    else if (!opened.has(name)) {
      opened.set(name, { at: 0, timer: 0 });
      const more = make("div", { className: "more", textContent: "Loading…" });
      more.dataset.client = "";
      el.append(more);
      load(name);
    }
    const last = [...opened.keys()].pop();
    history.replaceState(null, "", location.pathname + location.search + (last ? `#c-${path(last)}` : ""));
  }
  async function load(name) {
    const open = opened.get(name), more = rows.get(name) && $(":scope > .more", rows.get(name).el);
    if (!open || !more) return;
    open.at = Date.now();
    open.timer = 0;
    try {
      const r = await fetch(`/components/${path(name)}?fragment`);
      if (!r.ok) throw new Error(String(r.status));
      const fresh = document.createElement("div");
      fresh.className = "more";
      fresh.dataset.client = "";
      fresh.append(parse(await r.text()));
      if (!more.firstElementChild) more.textContent = "";
      morph(more, fresh);
      watch(more);
    } catch {
      if (!more.firstElementChild) more.textContent = "The details could not be loaded. Close and open the row to try again.";
    }
  }
  function loadSoon(name) { // at most every five seconds
    const open = opened.get(name);
    if (open && !open.timer) open.timer = setTimeout(() => load(name), Math.max(0, open.at + 5000 - Date.now()));
  }

  // ---- history bars ----
  const histories = new Map(); // "name by" -> { at, slots }
  const WORDS = { h: "healthy", d: "some runs failed", u: "unhealthy", x: "unknown", n: "no data" };
  const slotsIn = (bar) => bar.viewBox.baseVal.width;
  const slotOf = (bar) => Number(bar.getAttribute("aria-valuenow") ?? slotsIn(bar) - 1);
  function slider(bar) {
    if (bar.tabIndex === 0) return;
    bar.tabIndex = 0;
    for (const [k, v] of Object.entries({ role: "slider", "aria-valuemin": 0, "aria-valuemax": slotsIn(bar) - 1, "aria-valuenow": slotsIn(bar) - 1, "aria-valuetext": "Arrow keys walk through the history" })) bar.setAttribute(k, v);
  }
  async function slots(name, by) {
    const key = `${name} ${by}`, have = histories.get(key);
    if (have && Date.now() - have.at < 30000) return have.slots;
    const asked = fetch(`/api/v1/components/${path(name)}/history?by=${by}`).then((r) => (r.ok ? r.json() : { slots: [] })).then((j) => j.slots, () => []);
    if (histories.size > 200) histories.clear();
    histories.set(key, { at: Date.now(), slots: asked });
    return asked;
  }
  function slotText(bar, i, slot) {
    const { by, from, step } = bar.dataset;
    const rect = [...bar.children].find((r) => r.localName === "rect" && i >= r.x.baseVal.value && i < r.x.baseVal.value + r.width.baseVal.value);
    const word = WORDS[rect?.classList[0]] || WORDS.n;
    if (by === "runs") {
      if (!slot) return word;
      const why = slot.reason ? `: ${slot.reason.replaceAll("_", " ")}` : "";
      return `${fullHere.format(new Date(slot.start))}\n${slot.check ? `${slot.check}: ` : ""}${slot.result}${why}${slot.duration_seconds >= 0 ? `, ${(slot.duration_seconds * 1000).toPrecision(3)} ms` : ""}`;
    }
    const start = new Date((Number(from) + i * step) * 1000), end = new Date(start.getTime() + step * 1000);
    const when = by === "days" ? `${fullHere.format(start).replace(/, \d\d?:.*/, "")} (day in UTC)` : `${dayClock.format(start)} – ${clock.format(end).replace(/:\d\d(?=\D*$)/, "")}`;
    let text = `${when}\n${word}`;
    if (slot && slot.good + slot.bad > 0) text += `: ${slot.good} good, ${slot.bad} failed`;
    for (const n of slot?.incidents || []) text += `\n${n.status}, ${n.reason.replaceAll("_", " ")}, ${short(new Date(n.start))}${n.end ? ` for ${lasted(Date.parse(n.end) - Date.parse(n.start))}` : ", goes on"}`;
    return text;
  }
  function showSlot(bar, i) {
    const owner = bar.closest("[data-component]");
    if (!owner) return;
    const box = bar.getBoundingClientRect(), w = box.width / slotsIn(bar), x = box.left + w * i;
    Object.assign(mark.style, { left: `${x - 2}px`, top: `${box.top - 2}px`, width: `${w + 2}px`, height: `${box.height + 4}px` });
    mark.hidden = false;
    bar.slot_ = i;
    const say = (slot) => {
      const text = slotText(bar, i, slot);
      if (bar.getAttribute("role") === "slider") { bar.setAttribute("aria-valuenow", i); bar.setAttribute("aria-valuetext", text.replaceAll("\n", ", ")); }
      showTip(bar, text, x + w / 2, box);
    };
    say();
    slots(owner.dataset.component, bar.dataset.by).then((all) => { if (tipFor === bar && bar.slot_ === i) say(all[i - (slotsIn(bar) - all.length)]); });
  }
  document.addEventListener("pointermove", (e) => {
    const bar = e.target.closest(".bar[data-by]");
    if (!bar) return;
    const box = bar.getBoundingClientRect(), n = slotsIn(bar), i = Math.max(0, Math.min(n - 1, Math.floor(((e.clientX - box.left) / box.width) * n)));
    if (tipFor !== bar || bar.slot_ !== i) showSlot(bar, i);
  });

  // ---- keys ----
  function step(by) {
    const names = $$(".c:not([hidden]) > .name", list), at = names.indexOf(document.activeElement.closest?.(".c")?.querySelector(".name"));
    const to = names[at < 0 ? 0 : Math.max(0, Math.min(names.length - 1, at + by))];
    if (to) { to.focus({ preventScroll: true }); to.closest(".c").scrollIntoView({ block: "nearest" }); }
  }
  document.addEventListener("keydown", (e) => {
    const t = e.target;
    if (t.matches(".bar") && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(e.key)) {
      const last = slotsIn(t) - 1, to = { ArrowLeft: slotOf(t) - 1, ArrowRight: slotOf(t) + 1, Home: 0, End: last }[e.key];
      e.preventDefault();
      return showSlot(t, Math.max(0, Math.min(last, to)));
    }
    if (e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]")) return;
    if (e.key === "Escape") {
      hideTip();
      const row = t.closest(".c");
      if (row && opened.has(row.dataset.component)) { toggle(row, false); $(".name", row).focus(); } else if (t.type === "search") { t.value = ""; choose("q", ""); t.blur(); }
      return;
    }
    if (t.matches("input, select, textarea")) return;
    if (e.key === "?") { e.preventDefault(); return byId("keys")?.showModal(); }
    if (!list) return;
    const onName = t.matches(".c > .name");
    if (e.key === "/") { e.preventDefault(); form.elements.q.focus(); form.elements.q.select(); }
    else if (e.key === "j" || (onName && e.key === "ArrowDown")) { e.preventDefault(); step(1); }
    else if (e.key === "k" || (onName && e.key === "ArrowUp")) { e.preventDefault(); step(-1); }
    else if (e.key === " " && onName) { e.preventDefault(); toggle(t.closest(".c")); }
  });

  // ---- dialogs: every action is confirmed first ----
  const ACTIONS = {
    keys: null,
    run: (name) => ["POST", `/api/v1/components/${path(name)}/run`],
    drill: (name, f) => ["POST", `/api/v1/components/${path(name)}/drill`, { status: f.get("status"), for: f.get("for"), readiness: f.has("readiness"), reason: f.get("reason"), by: f.get("by") }],
    "drill-end": (name) => ["DELETE", `/api/v1/components/${path(name)}/drill`],
    reload: () => ["POST", "/-/reload"],
  };
  document.addEventListener("click", (e) => {
    const b = e.target.closest("[data-act]"), box = b && byId(b.dataset.act === "keys" ? "keys" : `act-${b.dataset.act}`);
    if (box) {
      box.dataset.name = b.dataset.name || "";
      for (const el of $$("[data-fill]", box)) el.textContent = box.dataset.name;
      for (const el of $$(".error", box)) el.hidden = true;
      box.showModal();
    } else if (e.target.closest("[data-close]")) e.target.closest("dialog").close();
  });
  for (const box of $$("dialog[id^=act-]")) {
    $("form", box).addEventListener("submit", async (e) => {
      e.preventDefault();
      const go = $("[type=submit]", box), error = $(".error", box);
      const [method, url, data] = ACTIONS[box.id.slice(4)](box.dataset.name, new FormData(e.target));
      go.disabled = true;
      error.hidden = true;
      try {
        const r = await fetch(url, { method, headers: { "Content-Type": "application/json", Accept: "application/json" }, body: data && JSON.stringify(data) });
        const answer = await r.json().catch(() => ({}));
        if (!r.ok) throw new Error([answer.error || `The server answered ${r.status}.`, answer.hint].filter(Boolean).join("\n"));
        box.close();
        toast(box.dataset.done || "Done.");
        if (list) loadSoon(box.dataset.name); else refreshSoon();
      } catch (x) {
        error.textContent = x instanceof TypeError ? "The server could not be reached." : x.message;
        error.hidden = false;
      }
      go.disabled = false;
    });
  }

  // ---- live ----
  let sequence = body.dataset.sequence, stream = null, failures = 0, poller = 0, held = new Map();
  function setState(state, title) {
    if (title) document.title = title;
    if (!state) return;
    $("link[rel=icon]").href = `/assets/favicon-${state}.svg`;
    $(".top").dataset.status = state;
  }
  function selectedIn(el) { const s = getSelection(); return !s.isCollapsed && s.containsNode(el, true); }
  document.addEventListener("selectionchange", () => { // rows wait while the reader selects text in them
    if (!held.size || !getSelection().isCollapsed) return;
    const all = held;
    held = new Map();
    for (const [name, el] of all) putRow(name, el);
    arrange();
  });
  function putRow(name, fresh) {
    const row = rows.get(name);
    if (!row) {
      const group = byId(`g-${fresh.dataset.group}`);
      (group ? $(".rows", group) : list).append(fresh);
      $(".name", fresh).setAttribute("aria-expanded", "false");
      return index(fresh);
    }
    const { el } = row;
    if (selectedIn(el)) return held.set(name, fresh);
    const was = el.dataset.status, is = fresh.dataset.status;
    morph(el, fresh);
    index(el);
    if (opened.has(name)) loadSoon(name);
    if (was !== is) {
      announce(`${name} is ${is} now${$(".why b", el) ? `: ${$(".why b", el).textContent}` : ""}`);
      el.classList.add("flash");
      setTimeout(() => el.classList.remove("flash"), 2500);
    }
  }
  function putGroup(name, heading) {
    let g = byId(`g-${name}`);
    if (!g) {
      g = make("li", { className: "g", id: `g-${name}` });
      g.dataset.group = name;
      g.append(heading, make("ul", { className: "rows" }));
      list.append(g);
    } else morph(g.firstElementChild, heading);
  }
  function dropRow(name) {
    rows.get(name)?.el.remove();
    rows.delete(name);
    opened.delete(name);
  }
  function putSummary(fresh) {
    const box = byId("summary");
    if (!box) return;
    morph(box, fresh);
    watch(box);
  }
  function apply(u) {
    if (u.sequence) sequence = u.sequence;
    if (u.reset) return refresh();
    if (!list) {
      const name = $("main").dataset.component;
      if (!name || u.rows?.[name] || u.removed?.includes(name)) refreshSoon();
      return;
    }
    setState(u.state, u.title);
    if (u.summary !== undefined) { const s = byId("summary").cloneNode(false); s.append(parse(u.summary)); putSummary(s); }
    for (const [name, html] of Object.entries(u.groups || {})) putGroup(name, parse(html).firstElementChild);
    for (const name of u.removed || []) dropRow(name);
    for (const [name, html] of Object.entries(u.rows || {})) putRow(name, parse(html).firstElementChild);
    arrange();
  }
  let refreshAt = 0, refreshTimer = 0;
  function refreshSoon() {
    if (!refreshTimer) refreshTimer = setTimeout(() => { refreshTimer = 0; refresh(); }, Math.max(0, refreshAt + 5000 - Date.now()));
  }
  async function refresh() { // the page's own address again, put in place
    refreshAt = Date.now();
    try {
      const r = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await r.text(), "text/html");
      if (!page.body.dataset.sequence) return;
      sequence = page.body.dataset.sequence;
      setState($(".top", page)?.dataset.status, page.title);
      if (!list) { morph($("main"), $("main", page)); morph($(".top"), $(".top", page)); watch(document); return paint(memory.get("theme")); }
      putSummary($("#summary", page));
      for (const g of $$("#list > .g", page)) putGroup(g.dataset.group, $(".gh", g));
      const fresh = new Map($$("#list .c", page).map((el) => [el.dataset.component, el]));
      for (const name of [...rows.keys()]) if (!fresh.has(name)) dropRow(name);
      for (const [name, el] of fresh) putRow(name, el);
      for (const g of $$(":scope > .g", list)) if (!$(`#${CSS.escape(g.id)}`, page)) { list.append(...$$(".c", g)); g.remove(); }
      morph(form, $("#controls", page));
      morph($(".cols"), $(".cols", page));
      arrange();
    } catch { /* the live connection says it when the server is away */ }
  }
  const live = () => { const q = new URLSearchParams({ since: sequence }); if (form && form.elements.history.value !== "hours") q.set("history", form.elements.history.value); return q; };
  function lost(text) {
    if (!("stale" in body.dataset)) { body.dataset.stale = clock.format(new Date()); announce("Connection lost. The page may be out of date."); }
    $("p", byId("lost")).textContent = text || `Connection lost at ${body.dataset.stale}; the page shows what was known then; trying again…`;
    byId("lost").hidden = false;
  }
  function found() {
    failures = 0;
    if (!("stale" in body.dataset)) return;
    delete body.dataset.stale;
    byId("lost").hidden = true;
    announce("Connected again. The page is up to date.");
  }
  const heard = (fn) => (e) => { if (e.lastEventId) sequence = e.lastEventId; try { fn(JSON.parse(e.data || "{}")); } catch { refresh(); } };
  function connect() {
    stream?.close();
    const es = stream = new EventSource(`${body.dataset.live}?${live()}`);
    es.addEventListener("open", () => { clearInterval(poller); poller = 0; found(); });
    es.addEventListener("update", heard(apply));
    es.addEventListener("reset", heard(refresh));
    es.addEventListener("error", () => {
      if (es !== stream) return;
      if (poller) { es.close(); return; }
      failures += 1;
      lost();
      if (failures >= 3) { es.close(); poller = setInterval(poll, 10000); poll(); }
      else if (es.readyState === EventSource.CLOSED) setTimeout(() => { if (es === stream) connect(); }, 3000);
    });
  }
  async function poll() {
    try {
      const r = await fetch(`/updates?${live()}`, { headers: { Accept: "application/json" } });
      if (!r.ok) throw new Error(String(r.status));
      const u = await r.json();
      found();
      apply(u);
      connect(); // the server is there: try the stream again
    } catch { lost(); }
  }

  watch(document);
  if (list) startList();
  if (body.dataset.live) connect();
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (e) => { if (e.persisted && body.dataset.live) { refresh(); connect(); } });
})();
