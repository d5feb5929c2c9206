// @ts-nocheck: runs in a browser, whose types this project does not load
/** Offers to look closer at charts over time: drawn anew from the page's data, with one cursor and one zoom for all of them. */
(() => {
  const charts = [];
  let data = null;
  let status;

  /** The numbers in the page. */
  async function pageData() {
    const element = document.getElementById('highwater-data');
    const text = element.content.textContent;
    if (element.dataset.encoding === 'json') return JSON.parse(text);
    const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return JSON.parse(await new Response(stream).text());
  }

  const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** A variable may hold `light-dark(…)`, which a canvas does not know: the browser resolves it on an element. */
  function painted(name) {
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const resolved = getComputedStyle(probe).color || colour(name);
    probe.remove();
    return resolved;
  }

  const millis = value => (value == null ? '–' : `${Number(value.toPrecision(3))} ms`);
  const count = value => (value == null ? '–' : value.toLocaleString('en-US'));

  /** What is drawn of a cell: its slowest trial, as in the static chart. */
  function panelsOf(cell) {
    const trials = data.trials.filter(one => one.cell === cell.id && one.validity !== 'invalid');
    const trial = trials.reduce((worst, one) => ((one.p99Micros ?? 0) > (worst?.p99Micros ?? -1) ? one : worst), null);
    if (trial === null) return [];
    const [name, latency] = ['ack', 'endToEnd'].map(one => [one, trial[one]]).find(([, one]) => one !== null) ?? [];
    const inMillis = list => list.map(micros => (micros > 0 ? micros / 1e3 : null));
    return [
      ...(latency === undefined
        ? []
        : [
            {
              scale: 3,
              text: millis,
              x: latency.second,
              lines: { [`${name} p50`]: inMillis(latency.p50Micros), [`${name} p99`]: inMillis(latency.p99Micros) },
            },
          ]),
      { scale: 1, text: count, x: trial.second, lines: { acked: trial.acked, sent: trial.sent, read: trial.consumed } },
    ]
      .filter(({ x }) => x.length > 1)
      .map(panel => ({ ...panel, faults: trial.faults ?? [] }));
  }

  /** As in the static chart: dashed edges, and a name at the top. */
  function drawFaults({ ctx, bbox, valToPos }, faults) {
    const ratio = devicePixelRatio;
    const { left, top, width, height } = bbox;
    const right = left + width;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.fillStyle = ctx.strokeStyle = painted('--fail');
    ctx.lineWidth = 1.4 * ratio;
    ctx.setLineDash([5 * ratio, 3 * ratio]);
    ctx.font = `${12 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    for (const { label, fromMicros, toMicros } of faults) {
      const from = valToPos(fromMicros / 1e6, 'x', true);
      const to = toMicros === null ? right : valToPos(toMicros / 1e6, 'x', true);
      ctx.globalAlpha = 0.16;
      ctx.fillRect(from, top, to - from, height);
      ctx.globalAlpha = 1;
      for (const edge of new Set(toMicros === null ? [from] : [from, to])) {
        ctx.beginPath();
        ctx.moveTo(edge, top);
        ctx.lineTo(edge, top + height);
        ctx.stroke();
      }
      ctx.fillText(label, from + 4 * ratio, top + 3 * ratio);
    }
    ctx.restore();
  }

  function draw(place, { scale, text, x, lines, faults }) {
    const [ink, grid] = [painted('--text'), painted('--line')];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid } };
    const dashes = [[], [7, 3], [2, 2]];
    const chart = new uPlot(
      {
        width: place.clientWidth,
        height: 190,
        cursor: { sync: { key: 'highwater' } },
        scales: { x: { time: false }, y: { distr: scale } },
        axes: [
          { ...axis, label: 'seconds of the window', labelSize: 20 },
          { ...axis, size: 70, values: (_, ticks) => ticks.map(tick => (tick == null ? '' : text(tick))) },
        ],
        series: [
          { label: 'second' },
          ...Object.keys(lines).map((label, i) => ({
            label,
            stroke: painted(`--c${i + 1}`),
            width: 2,
            dash: dashes[i],
            value: (_, value) => text(value),
          })),
        ],
        hooks: {
          setScale: [(self, key) => key === 'x' && zoomAll(self.scales.x.min, self.scales.x.max)],
          draw: [self => drawFaults(self, faults)],
        },
      },
      [x, ...Object.values(lines)],
      place,
    );
    charts.push({ chart, place, text, labels: Object.keys(lines), from: x[0], to: x.at(-1) });
  }

  function zoomAll(min, max) {
    for (const { chart, place } of charts) {
      place.dataset.range = `${min} ${max}`;
      if (chart.scales.x.min !== min || chart.scales.x.max !== max) chart.setScale('x', { min, max });
    }
  }

  let announcing;
  function moveTo(second, figure) {
    for (const { chart } of charts) chart.setCursor({ left: chart.valToPos(second, 'x'), top: 10 }, false);
    clearTimeout(announcing);
    announcing = setTimeout(() => {
      const told = charts.flatMap(({ chart, place, labels, text }) => {
        if (!figure.contains(place)) return [];
        const at = chart.data[0].indexOf(second);
        return at === -1 ? [] : labels.map((label, i) => `${label} ${text(chart.data[i + 1][at])}`);
      });
      status.textContent = `second ${second}: ${told.join(', ')}`;
    }, 300);
  }

  function onKey(event, own) {
    const { min, max } = own.chart.scales.x;
    const seconds = own.chart.data[0];
    const at = own.chart.cursor.idx ?? 0;
    const middle = seconds[at] ?? (min + max) / 2;
    const zoom = factor =>
      zoomAll(Math.max(own.from, middle - (middle - min) * factor), Math.min(own.to, middle + (max - middle) * factor));
    const actions = {
      ArrowLeft: () => moveTo(seconds[Math.max(0, at - 1)], own.place.closest('figure')),
      ArrowRight: () => moveTo(seconds[Math.min(seconds.length - 1, at + 1)], own.place.closest('figure')),
      '+': () => zoom(0.5),
      '-': () => zoom(2),
      Escape: () => zoomAll(own.from, own.to),
    };
    if (actions[event.key] === undefined) return;
    event.preventDefault();
    actions[event.key]();
  }

  async function open(figure, button) {
    data ??= await pageData();
    const cell = data.cells[Number(figure.id.split('-').at(-1)) - 1];
    const panels = panelsOf(cell);
    button.remove();
    if (panels.length === 0) return;
    figure.classList.add('zoomed');
    const help = document.createElement('p');
    help.className = 'help control';
    help.textContent = 'Drag to zoom, double click to see all; with the keyboard ← → moves, + − zooms, Esc shows all.';
    const places = panels.map((panel, i) => {
      const place = document.createElement('div');
      place.className = 'closer control';
      place.tabIndex = 0;
      place.setAttribute('role', 'group');
      place.setAttribute('aria-label', `${cell.label}: ${Object.keys(panel.lines).join(', ')} by second`);
      figure.querySelector('figcaption').after(...(i === 0 ? [help] : []));
      help.before(place);
      return place;
    });
    for (const [i, panel] of panels.entries()) {
      const place = places[i];
      draw(place, panel);
      place.addEventListener('keydown', event =>
        onKey(
          event,
          charts.find(one => one.place === place),
        ),
      );
      place.panel = panel;
    }
    places[0].focus();
  }

  /** A canvas keeps its colours and its width: both change with the page. */
  function redraw() {
    const places = charts.map(({ chart, place }) => (chart.destroy(), place));
    charts.length = 0;
    for (const place of places) draw(place, place.panel);
  }

  const figures = document.querySelectorAll('#time figure');
  if (figures.length === 0) return;
  status = document.createElement('p');
  status.className = 'skip';
  status.setAttribute('role', 'status');
  document.getElementById('time').append(status);
  for (const figure of figures) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'control';
    button.textContent = 'Look closer';
    button.addEventListener('click', () => void open(figure, button));
    figure.querySelector('figcaption').append(button);
  }
  document.addEventListener('themechange', redraw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  let resizing;
  addEventListener('resize', () => {
    clearTimeout(resizing);
    resizing = setTimeout(redraw, 200);
  });
})();
