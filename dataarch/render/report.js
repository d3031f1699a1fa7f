"use strict";
const decisions = [...document.querySelectorAll("details.decision")];
const show = (id) => {
  const found = document.getElementById(id);
  if (!found || found.tagName !== "DETAILS") return;
  found.open = true;
  found.scrollIntoView();
  found.querySelector("summary").focus({ preventScroll: true });
};
const named = () => show(decodeURIComponent(location.hash.slice(1)));
addEventListener("hashchange", named);
for (const link of document.querySelectorAll("a[data-box]"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    location.hash = link.getAttribute("href");
    show(location.hash.slice(1));
  });
const all = (open) => () => decisions.forEach((one) => (one.open = open));
const tools = document.querySelector(".tools");
if (tools) {
  tools.hidden = false;
  tools.children[0].addEventListener("click", all(true));
  tools.children[1].addEventListener("click", all(false));
}
let before = [];
addEventListener("beforeprint", () => { before = decisions.map((one) => one.open); all(true)(); });
addEventListener("afterprint", () => decisions.forEach((one, at) => (one.open = before[at])));
if (location.hash) named();
