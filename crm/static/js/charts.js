// Charts drawn from the tables that stand below them; without this the tables are simply open.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (cell) => Number(cell.dataset.value ?? cell.textContent.replace(/[^\d-]/g, ""));
const words = (cell) => cell.textContent.trim();

function read(table) {
  const places = [...table.tHead.rows[0].cells].map((head, place) => ({ head, place })).slice(1).filter(({ head }) => !("sum" in head.dataset));
  const rows = [...table.tBodies[0].rows];
  return {
    labels: rows.map((row) => words(row.cells[0])),
    datasets: places.map(({ head, place }) => ({ label: words(head), data: rows.map((row) => number(row.cells[place])) })),
  };
}

// A long name stands in two lines, broken near its middle.
function broken(label) {
  if (label.length < 20) return label;
  const middle = label.length / 2;
  const gaps = [...label.matchAll(/ /g)].map((gap) => gap.index).sort((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
  return gaps.length ? [label.slice(0, gaps[0]), label.slice(gaps[0] + 1)] : label;
}

function painted(data, shades) {
  return { ...data, datasets: data.datasets.map((set, place) => ({ ...set, backgroundColor: shades[place % shades.length], borderRadius: 2, maxBarThickness: 34 })) };
}

function draw(figure) {
  const kind = figure.dataset.chart;
  const area = figure.querySelector(".chart-area");
  const data = read(figure.querySelector("table"));
  const lying = kind !== "stacked";
  area.hidden = false;
  if (lying && area.clientWidth < 480) data.labels = data.labels.map(broken);
  if (lying) area.style.setProperty("--rows", data.labels.length);
  const ink = colour("--chart-ink"), line = colour("--chart-line");
  const along = { ticks: { color: ink, precision: 0, callback: kind === "share" ? (value) => `${value} %` : undefined }, grid: { color: line }, beginAtZero: true, stacked: kind === "stacked", max: kind === "share" ? 100 : undefined };
  const across = { ticks: { color: ink, autoSkip: false }, grid: { display: false }, stacked: kind === "stacked" };
  if (!along.ticks.callback) delete along.ticks.callback;
  const shades = [1, 2, 3, 4, 5, 6, 7, 8].map((place) => colour(`--chart-${place}`));
  return new Chart(figure.querySelector("canvas"), {
    type: "bar",
    data: painted(data, shades),
    options: {
      indexAxis: lying ? "y" : "x",
      maintainAspectRatio: false,
      animation: false,
      scales: lying ? { x: along, y: across } : { x: across, y: along },
      plugins: { legend: { display: data.datasets.length > 1, position: "bottom", labels: { color: ink, boxWidth: 12, boxHeight: 12 } } },
    },
  });
}

const figures = [...document.querySelectorAll("[data-chart]")];
let charts = [];
function all() {
  for (const chart of charts) chart.destroy();
  charts = figures.map(draw);
}
if (globalThis.Chart && figures.length) {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const figure of figures) figure.querySelector("details").open = false;
  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  addEventListener("beforeprint", () => { for (const figure of figures) figure.querySelector("details").open = true; });
}
