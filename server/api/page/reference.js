// Filters the calls by what is typed; "/" goes to the search field.
const field = document.getElementById("search");
const calls = [...document.querySelectorAll("[data-call]")];
const groups = [...document.querySelectorAll("[data-group]")];
const none = document.getElementById("none");

function filter() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const call of calls) {
    call.hidden = !words.every((w) => call.dataset.call.includes(w));
    if (!call.hidden) shown++;
  }
  for (const group of groups) {
    group.hidden = !group.querySelector("[data-call]:not([hidden])");
  }
  none.hidden = shown > 0;
}

field.addEventListener("input", filter);
document.addEventListener("keydown", (e) => {
  if (e.key === "/" && document.activeElement !== field) {
    e.preventDefault();
    field.focus();
  }
});
filter();
document.getElementById("host").textContent = location.origin;
