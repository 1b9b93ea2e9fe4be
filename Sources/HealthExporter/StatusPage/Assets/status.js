// Makes the status page live. Everything here is a convenience: without it the page is complete.
"use strict";
{ // a block: nothing in here is global

// ---- helpers ----
const $ = (what, where = document) => where.querySelector(what);
const $$ = (what, where = document) => [...where.querySelectorAll(what)];
const id = (name) => document.getElementById(name);
const on = (what, fn, where = document) => where.addEventListener(what, fn);
const body = document.body, root = document.documentElement;
const list = id("list"), form = list && id("controls"), field = form?.elements;
const path = encodeURIComponent;
const make = (tag, props) => Object.assign(document.createElement(tag), props);
const parse = (html) => { const t = make("template"); t.innerHTML = html; return t.content; };
const set = (el, attributes) => { for (const [k, v] of Object.entries(attributes)) el.setAttribute(k, v); };
const plain = (word) => word.replaceAll("_", " ");
root.classList.add("js");

let waiting = [], sayTimer, toastTimer;
function announce(text) { // for screen readers; what comes within a second is said together
  waiting.push(text);
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => {
    const more = waiting.length - 3;
    id("live").textContent = waiting.slice(0, 3).join(". ") + (more > 0 ? `. And ${more} more.` : "");
    waiting = [];
  }, 1000);
}
function toast(text) {
  Object.assign(id("toast"), { textContent: text, hidden: false });
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { id("toast").hidden = true; }, 6000);
}

// ---- colours: light, dark, or as the system says ----
let theme = "auto";
try { theme = localStorage.theme || theme; } catch { /* no storage */ }
function paint() {
  root.dataset.theme = theme;
  for (const b of $$("[data-set-theme]")) set(b, { "aria-pressed": b.dataset.setTheme === theme });
}
on("click", ({ target }) => {
  if (!target.dataset.setTheme) return;
  theme = target.dataset.setTheme;
  paint();
  try { localStorage.theme = theme; } catch { /* no storage */ }
});
paint();

// ---- times ----
const off = body.dataset.now * 1000 - Date.now(); // the reader's clock may be wrong
const now = () => Date.now() + (Math.abs(off) > 5000 ? off : 0);
const format = (options) => { const f = new Intl.DateTimeFormat(undefined, options); return (d) => f.format(d); };
const hm = { hour: "2-digit", minute: "2-digit" }, dm = { day: "numeric", month: "short" };
const clock = format({ timeStyle: "medium" }), minute = format(hm), day = format({ weekday: "short", ...dm, timeZone: "UTC" });
const dayClock = format({ ...dm, ...hm }), full = format({ weekday: "short", ...dm, ...hm, second: "2-digit", timeZoneName: "short" });
const short = (d) => (d.toDateString() === new Date(now()).toDateString() ? clock : dayClock)(d);
function lasted(ms) { // the server uses the same words
  const s = Math.max(0, Math.floor(ms / 1000));
  const [n, unit, m, rest] = s < 60 ? [1, "s"] : s < 3600 ? [60, "min"] : s < 86400 ? [3600, "h", 60, "min"] : [86400, "d", 3600, "h"];
  const more = m && Math.floor(s % n / m);
  return `${Math.floor(s / n)} ${unit}${more ? ` ${more} ${rest}` : ""}`;
}
function tick(el) {
  const d = new Date(el.dateTime), left = d - now(), kind = el.dataset;
  if (isNaN(d)) return;
  const text = "ago" in kind ? lasted(-left) : "at" in kind ? short(d) : left > 0 ? `in ${lasted(left + 999)}` : "now";
  if (el.textContent !== text) el.textContent = text;
}
const TIMES = "time[data-ago],time[data-countdown],time[data-at]", seen = new Set();
const eye = new IntersectionObserver((all) => { // only visible times are kept up to date
  for (const { target, isIntersecting } of all) {
    seen[isIntersecting ? "add" : "delete"](target);
    if (isIntersecting) tick(target);
  }
});
function watch(where) {
  for (const t of $$(TIMES, where)) eye.observe(t);
  // A badge is shown elsewhere: its address needs this server's.
  for (const el of $$("[data-origin]", where)) el.textContent = el.textContent.replaceAll("](/", `](${location.origin}/`);
}
setInterval(() => {
  if (body.dataset.stale) return;
  for (const t of seen) { if (t.isConnected) tick(t); else { eye.unobserve(t); seen.delete(t); } }
  if (document.hidden) return;
  // A check whose time has come has run: what it found is loaded.
  const isPast = (where) => $$("time[data-countdown]", where).some((t) => new Date(t.dateTime) - now() < -1500);
  for (const [name, { more }] of opened) if (isPast(more)) loadSoon(name);
  if (!list && isPast($("main"))) refreshSoon();
}, 1000);

// ---- one tooltip for times and bars, with mouse and keyboard ----
const tip = make("div", { id: "tip", hidden: true, role: "tooltip" }), mark = make("div", { id: "mark", hidden: true });
body.append(tip, mark);
let tipFor = null;
function showTip(el, text, x, box) {
  tipFor = el;
  tip.textContent = text;
  tip.hidden = false;
  tip.style.left = 0; // as wide as it likes
  const w = tip.offsetWidth, h = tip.offsetHeight;
  tip.style.left = `${Math.max(8, Math.min(root.clientWidth - w - 8, x - w / 2))}px`;
  tip.style.top = `${box.top > h ? box.top - h : box.bottom}px`;
}
function hideTip() { tipFor = null; tip.hidden = mark.hidden = true; }
function timeTip(el) {
  const d = new Date(el.dateTime), box = el.getBoundingClientRect();
  if (isNaN(d)) return;
  set(el, { "aria-describedby": "tip" });
  mark.hidden = true;
  showTip(el, `${full(d)}\n${d.toISOString().slice(0, 19).replace("T", " ")} UTC`, box.left + box.width / 2, box);
}
on("pointerover", ({ target }) => {
  if (target.localName === "time") timeTip(target);
  else if (tipFor && tipFor !== document.activeElement && !target.closest(".bar, #tip")) hideTip();
});
on("focusin", ({ target }) => {
  // Only the row in use has tab stops on its times and its bar: 1,000 rows stay quick to walk.
  const near = target.closest(".c, .comp, .say, .inc");
  if (near) {
    for (const el of $$("time", near)) el.tabIndex = 0;
    for (const el of $$(".bar", near)) slider(el);
  }
  if (target.localName === "time") timeTip(target); else if (target.matches(".bar")) showSlot(target, slotOf(target)); else hideTip();
});
addEventListener("scroll", hideTip, { passive: true, capture: true });

// ---- morph: makes an element equal to a new one, touching only what differs,
//      so focus, selection, open details and scroll positions stay ----
const OURS = /^(hidden|open|tabindex|role|data-open|aria-(expanded|describedby|value.*))$/; // attributes that belong to the script
const client = (n) => n.nodeType === 1 && "client" in n.dataset;
const sameKind = (a, b) => a.nodeName === b.nodeName && (a.nodeType !== 1 ||
  (a.id === b.id && a.name === b.name && a.classList[0] === b.classList[0] && a.getAttribute("href") === b.getAttribute("href")));
function morph(old, fresh) {
  if (old.nodeType !== 1) { if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue; return; }
  if ("origin" in old.dataset) return; // stays, and has this server's address
  if (list && old.matches(".c > .bar") && fresh.dataset.by !== field.history.value) return; // the reader looks at another span
  const isOther = old.matches(".bar") && old.dataset.by !== fresh.dataset.by;
  for (const { name } of [...old.attributes]) if (!OURS.test(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (!OURS.test(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (isOther && old.tabIndex === 0) { old.tabIndex = -1; slider(old); }
  if (old.localName === "time") { old.textContent = fresh.textContent; if (old.matches(TIMES)) tick(old); return; }
  if (old.localName === "select") {
    const { value } = old;
    if (old.textContent !== fresh.textContent) {
      old.innerHTML = fresh.innerHTML;
      old.value = value;
      if (old.selectedIndex < 0) old.selectedIndex = 0; // what was chosen is no choice any more
    }
    return;
  }
  let o = old.firstChild;
  const next = () => { do o = o.nextSibling; while (o && client(o)); };
  const drop = () => { const gone = o; next(); gone.remove(); };
  const comesLater = (n) => { while ((n = n.nextSibling)) if (sameKind(o, n)) return true; return false; };
  if (o && client(o)) next();
  for (const n of fresh.childNodes) {
    while (o && !sameKind(o, n) && !comesLater(n)) drop();
    if (o && sameKind(o, n)) { morph(o, n); next(); } else old.insertBefore(document.importNode(n, true), o || $(":scope > [data-client]", old));
  }
  while (o) drop();
}

// ---- the list: filter and sort, kept in the address ----
const rows = new Map(); // name -> { el, text }
const isUsual = (k, v) => v === (k === "sort" ? "worst" : field[k][0]?.closest("[data-usual]")?.dataset.usual ?? "");
function index(el) {
  rows.set(el.dataset.component, { el });
  if (!el.firstElementChild.nextElementSibling.ariaExpanded) set($(".name", el), { "aria-expanded": false });
  watch(el);
}
function words(row) { // what the search looks through; made when it is first needed
  if (row.text === undefined) {
    const { component, owner, group, reason } = row.el.dataset;
    row.text = [component, owner, group, reason, $(".why", row.el)?.textContent].join("\n").toLowerCase();
  }
  return row.text;
}
const by = (key, missing, way) => (a, b) => way * ((a.dataset[key] ?? missing) - (b.dataset[key] ?? missing));
const nameOf = (el) => el.dataset.component ?? el.dataset.group;
const byName = (a, b) => (nameOf(a) < nameOf(b) ? -1 : 1);
const worst = (el) => Number((el.matches(".g") ? el.firstElementChild : el).dataset.worst);
const byWorst = (a, b) => worst(b) - worst(a);
const ORDER = { // the server has the same, and the same order of equals
  worst: byWorst,
  name: byName,
  since: by("since", 0, -1),
  latency: by("p95", -1, -1),
  ratio: by("ratio", 101, 1),
};
function place(parent, wanted) { // puts elements in order, moving as few as it can, and none with text that the reader selects
  const selection = getSelection(), isSelected = (el) => el.parentNode === parent && selection.containsNode(el, true);
  const fixed = selection.isCollapsed ? null : wanted.find(isSelected); // one from elsewhere has to move
  const putOff = () => { const gone = at; at = at.nextElementSibling; parent.append(gone); };
  let at = parent.firstElementChild;
  for (const el of wanted) {
    if (el === fixed) while (at && at !== el) putOff();
    else if (at && at !== el && at !== fixed && at.nextElementSibling === el) putOff();
    if (at === el) at = at.nextElementSibling;
    else parent.insertBefore(el, at);
  }
}
function arrange() {
  const f = Object.fromEntries(new FormData(form)), terms = f.q.toLowerCase().split(/\s+/).filter(Boolean);
  const focus = document.activeElement, anchor = focus.closest("#list .c"), top = anchor?.getBoundingClientRect().top;
  let shown = 0;
  for (const row of rows.values()) {
    const d = row.el.dataset;
    const fits = ["status", "owner", "impact", "group"].every((k) => !f[k] || d[k] === f[k])
      && terms.every((t) => words(row).includes(t));
    if (row.el.hidden === fits) row.el.hidden = !fits;
    shown += fits;
  }
  const flat = f.sort !== "worst", groups = $$(":scope > .g", list), all = [...rows.values()].map((r) => r.el);
  const sort = (els) => els.sort((a, b) => ORDER[f.sort](a, b) || byWorst(a, b) || byName(a, b));
  if (flat) place(list, sort(all));
  else {
    const members = new Map(groups.map((g) => [g.dataset.group, []])), alone = [];
    for (const el of all) (members.get(el.dataset.group) || alone).push(el);
    for (const g of groups) place(g.lastElementChild, sort(members.get(g.dataset.group)));
    place(list, sort([...alone, ...groups]));
  }
  for (const g of groups) g.hidden = flat || !$(".c:not([hidden])", g);
  list.className = f.view;
  id("nothing").hidden = shown > 0;
  id("found").textContent = `${shown === rows.size ? "" : `${shown} of `}${rows.size} component${rows.size === 1 ? "" : "s"}`;
  for (const a of $$("[data-filter]")) { if (a.dataset.filter === f.status) set(a, { "aria-current": true }); else a.removeAttribute("aria-current"); }
  if (anchor?.isConnected) { // what the reader is at stays where it is
    if (document.activeElement !== focus) focus.focus({ preventScroll: true });
    if (top > 0 && top < innerHeight) scrollBy(0, anchor.getBoundingClientRect().top - top);
  }
}
function chosen() { // something in the controls has changed
  const q = new URLSearchParams();
  for (const [k, v] of new FormData(form)) if (!isUsual(k, v)) q.set(k, v);
  history.replaceState(null, "", location.pathname + (`${q}` && `?${q}`) + location.hash);
  arrange();
}
function startList() {
  for (const el of $$(".c", list)) index(el);
  let typing;
  on("input", ({ target }) => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      chosen();
      if (target.name === "history") refresh();
    }, target.name === "q" ? 80 : 0);
  }, form);
  on("submit", (e) => e.preventDefault(), form);
  on("reset", (e) => {
    e.preventDefault();
    for (const k of ["q", "status", "owner", "impact", "group"]) { if (field[k]) field[k].value = ""; }
    chosen();
  }, form);
  on("click", (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return; // meant for the browser
    const chip = e.target.closest("[data-filter]"), row = e.target.closest("#list .c");
    if (chip) {
      e.preventDefault();
      field.status.value = field.status.value === chip.dataset.filter ? "" : chip.dataset.filter;
      chosen();
    } else if (row && !e.target.closest(".more, .bar, a:not(.name), button") && getSelection().isCollapsed) {
      e.preventDefault();
      toggle(row);
    }
  });
  const asked = id(location.hash.slice(1)); // names need no encoding
  if (asked?.matches(".c")) toggle(asked);
  arrange();
}

// ---- opened components ----
const opened = new Map(); // name -> { more, at, timer }
function toggle(el) {
  const name = el.dataset.component, was = opened.get(name);
  set($(".name", el), { "aria-expanded": !was });
  el.toggleAttribute("data-open", !was);
  if (was) {
    clearTimeout(was.timer);
    was.more.remove();
    opened.delete(name);
  } else {
    const more = make("div", { className: "more", textContent: "Loading…" });
    more.dataset.client = "";
    el.append(more);
    opened.set(name, { more, at: 0, timer: 0 });
    load(name);
  }
  const last = [...opened.keys()].pop();
  history.replaceState(null, "", location.pathname + location.search + (last ? `#c-${path(last)}` : ""));
}
async function load(name) {
  const open = opened.get(name);
  if (!open) return;
  const { more } = open;
  Object.assign(open, { at: Date.now(), timer: 0 });
  try {
    const r = await fetch(`/components/${path(name)}?fragment`);
    if (!r.ok) throw r;
    const fresh = more.cloneNode(false);
    fresh.append(parse(await r.text()));
    morph(more, fresh);
    watch(more);
  } catch {
    if (!more.firstElementChild) more.textContent = "Not loaded: close and open it to try again.";
  }
}
function loadSoon(name) { // at most every five seconds
  const open = opened.get(name);
  if (open && !open.timer) open.timer = setTimeout(load, open.at + 5000 - Date.now(), name);
}

// ---- history bars ----
const histories = new Map(); // "name by" -> { at, slots }
const WORDS = { h: "healthy", d: "some runs failed", u: "unhealthy", x: "unknown", n: "no data" };
const count = (bar) => bar.viewBox.baseVal.width;
const slotOf = (bar) => Math.min(count(bar) - 1, Number(bar.getAttribute("aria-valuenow") ?? count(bar)));
function slider(bar) {
  if (bar.tabIndex === 0 || !bar.dataset.by) return;
  const last = count(bar) - 1;
  set(bar, { tabindex: 0, role: "slider", "aria-valuemin": 0, "aria-valuemax": last, "aria-valuenow": last, "aria-valuetext": "Arrow keys walk through the history" });
}
function slotsOf(name, by) {
  const key = `${name} ${by}`, have = histories.get(key);
  if (have && Date.now() - have.at < 30000) return have.slots;
  const slots = fetch(`/api/v1/components/${path(name)}/history?by=${by}`).then((r) => r.json()).then((j) => j.slots || [], () => []);
  histories.set(key, { at: Date.now(), slots });
  return slots;
}
function slotText(bar, i, slot) {
  const { by, from, step } = bar.dataset;
  const rect = $$("rect", bar).find(({ x, width }) => i >= x.baseVal.value && i < x.baseVal.value + width.baseVal.value);
  const word = WORDS[rect?.classList[0] || "n"];
  if (by === "runs") {
    if (!slot) return word;
    const took = slot.duration_seconds == null ? "" : `, ${Number((slot.duration_seconds * 1000).toPrecision(3))} ms`;
    return `${full(new Date(slot.start))}\n${slot.check ? `${slot.check}: ` : ""}${slot.result}${slot.reason ? `, ${plain(slot.reason)}` : ""}${took}`;
  }
  const start = new Date((Number(from) + i * step) * 1000);
  let text = by === "days" ? `${day(start)} (UTC)` : `${dayClock(start)} – ${minute(new Date(+start + step * 1000))}`;
  text += `\n${word}${slot && slot.good + slot.bad ? `: ${slot.good} good, ${slot.bad} failed` : ""}`;
  for (const n of slot?.incidents || []) text += `\n${n.status}, ${plain(n.reason)}, ${short(new Date(n.start))}${n.end ? `, for ${lasted(new Date(n.end) - new Date(n.start))}` : ", goes on"}`;
  return text;
}
const RUNS = { success: "h", degraded: "d", internal: "x" };
function redraw(bar, runs) { // the row may be older than what is told of its runs
  const spans = [];
  for (const word of [...Array(count(bar) - runs.length).fill("n"), ...runs.map(({ result }) => RUNS[result] || "u")]) {
    const last = spans.at(-1);
    if (last?.word === word) last.width += 1;
    else spans.push({ word, x: last ? last.x + last.width : 0, width: 1 });
  }
  bar.innerHTML = spans.map(({ word, x, width }) => `<rect class="${word}" x="${x}" width="${width}"/>`).join("");
}
let slotShown = 0;
function showSlot(bar, i) {
  const box = bar.getBoundingClientRect(), w = box.width / count(bar), x = box.left + w * i;
  Object.assign(mark.style, { left: `${x - 2}px`, top: `${box.top - 2}px`, width: `${w + 2}px`, height: `${box.height + 4}px` });
  mark.hidden = false;
  slotShown = i;
  const say = (slot) => {
    const text = slotText(bar, i, slot);
    if (bar.tabIndex === 0) set(bar, { "aria-valuenow": i, "aria-valuetext": text.replaceAll("\n", ", ") });
    showTip(bar, text, x + w / 2, box);
  };
  say();
  slotsOf(bar.closest("[data-component]").dataset.component, bar.dataset.by).then((all) => {
    if (bar.dataset.by === "runs" && all.length) redraw(bar, all);
    if (tipFor === bar && slotShown === i) say(all[i - count(bar) + all.length]);
  });
}
on("pointermove", (e) => {
  const bar = e.target.closest(".bar[data-by]");
  if (!bar) return;
  const box = bar.getBoundingClientRect(), n = count(bar), i = Math.max(0, Math.min(n - 1, Math.floor((e.clientX - box.left) / box.width * n)));
  if (tipFor !== bar || slotShown !== i) showSlot(bar, i);
});

// ---- keys ----
function step(by) {
  const all = $$(".c:not([hidden]) > .name", list), at = all.indexOf($(".name", document.activeElement.closest(".c") || tip));
  const to = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + by))];
  to?.focus({ preventScroll: true });
  to?.parentNode.scrollIntoView({ block: "nearest" });
}
const useKeys = id("use-keys");
try { useKeys.checked = localStorage.keys !== "off"; } catch { /* no storage */ }
on("change", () => { try { localStorage.keys = useKeys.checked ? "on" : "off"; } catch { /* no storage */ } }, useKeys);
on("keydown", (e) => {
  const { target: t, key } = e, row = t.closest("#list .c"), onName = row && t.matches(".name");
  const does = (fn, ...how) => { e.preventDefault(); fn(...how); };
  if (t.matches(".bar")) {
    const last = count(t) - 1, to = { ArrowLeft: slotOf(t) - 1, ArrowRight: slotOf(t) + 1, Home: 0, End: last }[key];
    if (to !== undefined) return does(showSlot, t, Math.max(0, Math.min(last, to)));
  }
  if (e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]")) return;
  if (key === "Escape") {
    hideTip();
    if (row && opened.has(row.dataset.component)) { toggle(row); $(".name", row).focus(); }
    else if (form && t === field.q) { t.value = ""; chosen(); t.blur(); }
  }
  if (t.matches("input, select")) return;
  if (list && onName && (key === "ArrowDown" || key === "ArrowUp")) return does(step, key === "ArrowDown" ? 1 : -1);
  if (list && onName && key === " ") return does(toggle, row);
  if (!useKeys.checked) return; // who speaks to the computer may say a letter
  if (key === "?") does(() => id("keys").showModal());
  if (!list) return;
  if (key === "/") does(() => field.q.select());
  else if (key === "j") does(step, 1);
  else if (key === "k") does(step, -1);
  else if (key === "v") does(() => { field.view.value = field.view.value === "list" ? "cards" : "list"; chosen(); });
});

// ---- dialogs: every action is confirmed first ----
const ACTIONS = { run: ["POST", "/run"], drill: ["POST", "/drill"], "drill-end": ["DELETE", "/drill"], reload: ["POST"] };
on("click", ({ target }) => {
  const button = target.closest("[data-act]"), box = button && id(button.dataset.act);
  if (box) {
    box.dataset.name = button.dataset.name || "";
    for (const el of $$("[data-fill]", box)) el.textContent = box.dataset.name;
    for (const el of $$(".error", box)) el.hidden = true;
    box.showModal();
  } else if (target.closest("[data-close]")) target.closest("dialog").close();
});
on("submit", async (e) => {
  const box = e.target.closest("dialog");
  if (!box) return;
  e.preventDefault();
  const { name } = box.dataset, [method, end] = ACTIONS[box.id.slice(4)], error = $(".error", box), go = $("[type=submit]", box);
  const url = end ? `/api/v1/components/${path(name)}${end}` : "/-/reload", f = new FormData(e.target);
  const data = f.has("for") ? JSON.stringify({ ...Object.fromEntries(f), readiness: f.has("readiness") }) : undefined;
  go.disabled = true;
  try {
    const r = await fetch(url, { method, headers: { "Content-Type": "application/json" }, body: data });
    const answer = await r.json().catch(() => ({}));
    const { errors = [], restart_needed: restart = [] } = answer;
    if (!r.ok) throw new Error([answer.error || `The server answered ${r.status}.`, ...errors, answer.hint].filter(Boolean).join("\n"));
    box.close();
    toast(box.dataset.done + (restart.length ? ` A restart is needed for ${restart.join(", ")}.` : ""));
    setTimeout(() => (list ? loadSoon(name) : refreshSoon()), 1000); // a run takes a moment
  } catch (x) {
    error.textContent = x instanceof TypeError ? "The server could not be reached." : x.message;
    error.hidden = false;
  }
  go.disabled = false;
});

// ---- live ----
let sequence = body.dataset.sequence, stream, failures = 0, poller = 0, isOver = false, held = new Map();
function putState(state, title) {
  if (title) document.title = title;
  if (!state) return;
  $("link[rel=icon]").href = `/assets/favicon-${state}.svg`;
  $(".top").dataset.status = state;
}
function putRow(name, fresh) {
  const el = rows.get(name)?.el, selection = getSelection();
  if (!el) {
    (id(`g-${fresh.dataset.group}`)?.lastElementChild || list).append(fresh);
    return index(fresh);
  }
  if (!selection.isCollapsed && selection.containsNode(el, true)) return held.set(name, fresh); // the reader is selecting text in it
  const was = el.dataset.status, is = fresh.dataset.status;
  morph(el, fresh);
  index(el);
  loadSoon(name);
  if (was === is) return;
  announce([`${name} is ${is} now`, $(".why b", el)?.textContent].filter(Boolean).join(": "));
  el.classList.add("flash");
  setTimeout(() => el.classList.remove("flash"), 2500);
}
on("selectionchange", () => {
  if (!held.size || !getSelection().isCollapsed) return;
  const all = held;
  held = new Map();
  for (const [name, el] of all) if (rows.has(name)) putRow(name, el);
  arrange();
});
function putGroup(name, heading) {
  const g = id(`g-${name}`);
  if (g) return morph(g.firstElementChild, heading);
  const fresh = make("li", { className: "g", id: `g-${name}` });
  fresh.dataset.group = name;
  fresh.append(heading, make("ul", { className: "rows" }));
  list.append(fresh);
}
function dropRow(name) {
  rows.get(name)?.el.remove();
  rows.delete(name);
  opened.delete(name);
}
function putSummary(fresh) {
  morph(id("summary"), fresh);
  watch(id("summary"));
}
function apply(u) {
  if (u.reset) return reset();
  sequence = u.sequence || sequence;
  if (!list) {
    const name = $("main").dataset.component;
    // An incident begins or ends only with what the summary says.
    if (name ? u.rows?.[name] || u.removed?.includes(name) : u.summary) refreshSoon();
    return;
  }
  putState(u.state, u.title);
  if (u.summary) { const s = id("summary").cloneNode(false); s.append(parse(u.summary)); putSummary(s); }
  for (const [name, html] of Object.entries(u.groups || {})) putGroup(name, parse(html).firstElementChild);
  // The filters have other choices then.
  if (u.removed || Object.keys(u.rows || {}).some((name) => !rows.has(name))) refreshSoon();
  for (const name of u.removed || []) dropRow(name);
  for (const [name, html] of Object.entries(u.rows || {})) putRow(name, parse(html).firstElementChild);
  arrange();
}
let refreshed = 0, refreshTimer = 0;
// At most every five seconds, and not all open pages at once.
function refreshSoon(least = 0) {
  refreshTimer ||= setTimeout(refresh, Math.max(least, refreshed + 5000 - Date.now(), 0) + Math.random() * 1000);
}
function reset() { // nothing of what is known can be brought up to date
  disconnect();
  refreshSoon();
}
async function refresh() { // the page's own address again, put in place
  clearTimeout(refreshTimer);
  refreshed = Date.now();
  refreshTimer = 0;
  let page;
  try {
    const r = await fetch(location.pathname + location.search, { signal: AbortSignal.timeout(10000) });
    if (r.status === 404 && $("main").dataset.component) return gone();
    if (r.status === 503 && isFresh()) return refreshSoon(r.headers.get("Retry-After") * 1000);
    page = new DOMParser().parseFromString(await r.text(), "text/html");
    if (!page.body.dataset.sequence) throw r;
  } catch {
    lost();
    return refreshSoon();
  }
  found();
  if (list) disconnect(); // a stream could still bring what is older than the page
  sequence = page.body.dataset.sequence;
  putState($(".top", page).dataset.status, page.title);
  if (list) {
    putList(page);
    connect();
  } else {
    for (const what of [".top", "main"]) morph($(what), $(what, page));
    watch(body);
    paint();
  }
}
function putList(page) {
  putSummary(page.getElementById("summary"));
  for (const what of ["#controls", ".cols"]) morph($(what), $(what, page));
  // What is shown when the address does not choose may be something else now.
  if (!new URLSearchParams(location.search).has("history")) field.history.value = field.history[0].closest("[data-usual]").dataset.usual;
  for (const g of $$(".g", page)) putGroup(g.dataset.group, g.firstElementChild);
  const fresh = new Map($$(".c", page).map((el) => [el.dataset.component, el]));
  for (const name of rows.keys()) if (!fresh.has(name)) dropRow(name);
  for (const [name, el] of fresh) putRow(name, el);
  for (const g of $$(".g", list)) if (!page.getElementById(g.id)) { list.append(...g.lastElementChild.children); g.remove(); }
  arrange();
}
const query = () => new URLSearchParams({ since: sequence, history: field?.history.value || "hours" });
function stale(text) {
  body.dataset.stale = text;
  $("p", id("lost")).textContent = text;
  id("lost").hidden = false;
}
function lost() {
  if (!body.dataset.stale) stale(`Connection lost at ${short(new Date(knownAt))}; the page shows what was known then; trying again…`);
}
function gone() { // a reload has removed the component
  isOver = true;
  disconnect();
  clearInterval(poller);
  stale("This component is not in the configuration any more; the page shows what was known last.");
}
let knownAt = Date.now(); // when the server last answered
const isFresh = () => Date.now() - knownAt < 30000;
function found() {
  knownAt = Date.now();
  if (isOver || !body.dataset.stale) return;
  delete body.dataset.stale;
  id("lost").hidden = true;
  announce("Connected again. The page is up to date");
}
// A browser has six connections for a server, and a stream holds one. So only pages that are seen have streams, and only four of
// one browser; the others poll. Each page that has one says so where all pages of the browser see it.
const STREAMS = 4, POLL = 10000, me = `stream ${Math.random()}`;
const claim = () => { try { localStorage[me] = Date.now(); } catch { /* no storage */ } };
const release = () => { try { localStorage.removeItem(me); } catch { /* no storage */ } };
function mayStream() {
  if (document.hidden) return false;
  try {
    let others = 0;
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith("stream ") || key === me) continue;
      if (Date.now() - localStorage[key] > 3 * POLL) localStorage.removeItem(key); // of a page that ended without a word
      else others += 1;
    }
    if (others >= STREAMS) return false;
  } catch { /* no storage */ }
  claim();
  return true;
}
function disconnect() {
  stream?.close();
  stream = null;
  release();
}
const startPolling = () => { poller ||= setInterval(poll, POLL); };
function connect() {
  disconnect();
  if (isOver) return;
  if (!mayStream()) return startPolling();
  const es = stream = new EventSource(`${body.dataset.live}?${query()}`);
  const heard = (what, fn) => on(what, (e) => {
    heardAt = Date.now();
    failures = 0;
    found();
    sequence = e.lastEventId || sequence;
    fn(JSON.parse(e.data || "{}"));
  }, es);
  heard("update", apply);
  heard("reset", reset);
  heard("alive", () => {});
  on("open", () => { heardAt = Date.now(); failures = 0; clearInterval(poller); poller = 0; found(); }, es);
  on("error", () => {
    if (es !== stream) return;
    if (poller) return disconnect();
    failures += 1;
    // A stream ends every minute, and the browser opens the next one; one that is refused says nothing about the server.
    if (failures >= 3) { disconnect(); startPolling(); poll(); }
    else setTimeout(() => { if (es === stream && es.readyState !== 1) ask(); }, failures > 1 ? 0 : 4000);
    if (es.readyState === 2) setTimeout(() => { if (es === stream) connect(); }, 3000);
  }, es);
}
async function ask() { // what has changed; says whether the server answers
  try {
    const before = sequence, r = await fetch(`/updates?${query()}`, { signal: AbortSignal.timeout(5000) });
    if (r.status === 503 && isFresh()) return true; // busy
    if (!r.ok) throw r;
    const u = await r.json();
    found();
    if (sequence === before) apply(u); // else the stream was faster
    return true;
  } catch { lost(); return false; }
}
async function poll() { // while there is no stream
  if (!isOver && await ask() && !stream && !document.hidden) connect();
}
let heardAt = 0, hiding;
setInterval(() => { // a server that hangs leaves its streams open
  if (!stream) return;
  claim();
  if (stream.readyState !== 1 || Date.now() - heardAt < (body.dataset.stale ? 2000 : 15000)) return;
  heardAt = Date.now();
  ask();
}, 3000);
on("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(() => { if (stream) { disconnect(); startPolling(); } }, POLL);
  else if (!stream) poll();
});
addEventListener("pagehide", disconnect);
addEventListener("pageshow", (e) => { if (e.persisted) poll(); });

watch(body);
if (list) startList();
if (body.dataset.live) connect();
}
