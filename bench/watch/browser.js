/** Shows what the run tells: figures, charts that grow, trials that are over, and at its end its report. */
// @ts-nocheck: runs in a browser, whose types this project does not load
(() => {
  const at = id => document.getElementById(id);
  const count = value => (value == null ? '–' : value.toLocaleString('en-US', { maximumFractionDigits: 0 }));
  const millis = value => (value == null ? '–' : `${Number(value.toPrecision(3))} ms`);

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className !== undefined) made.className = className;
    return made;
  }

  /** A variable may hold `light-dark(…)`, which a canvas does not know: the browser resolves it on an element. */
  function painted(name) {
    const probe = element('span');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const resolved = getComputedStyle(probe).color;
    probe.remove();
    return resolved;
  }

  /** Whatever the columns are told by second. */
  const inMillis = list => list.map(micros => (micros > 0 ? micros / 1e3 : null));
  const charts = [
    {
      title: 'Messages per second',
      scale: 1,
      text: count,
      lines: columns => ({
        target: columns.targetPerSecond,
        sent: columns.sentPerSecond,
        acked: columns.ackedPerSecond,
        consumed: columns.consumedPerSecond,
      }),
    },
    {
      title: 'Latency of each second',
      scale: 3,
      text: millis,
      lines: columns => ({ p50: inMillis(columns.p50Micros), p99: inMillis(columns.p99Micros) }),
    },
    { title: 'Consumer lag, messages', scale: 1, text: count, lines: columns => columns.lag },
  ].map(chart => {
    const figure = element('figure');
    const place = element('div', undefined, 'place');
    const none = element('p', '–', 'help');
    place.setAttribute('role', 'img');
    place.setAttribute('aria-label', `${chart.title}, by second of the trial that is under way`);
    figure.append(element('h3', chart.title), place, none);
    at('charts').append(figure);
    return { ...chart, place, none, drawn: null, labels: '' };
  });

  let columns = null;
  /** Resolves when the page of the run that is over is here; null while it goes on. */
  let shown = null;

  /** Lines that have no point are left out: "no data" is no line at zero. */
  function show(chart) {
    const known = Object.entries(columns === null ? {} : chart.lines(columns)).filter(([, values]) =>
      values.some(value => value !== null),
    );
    const labels = known.map(([label]) => label).join('\n');
    chart.place.dataset.points = String(known.length === 0 ? 0 : columns.second.length);
    chart.none.hidden = known.length > 0;
    if (labels !== chart.labels || chart.drawn === null) redraw(chart, known);
    chart.drawn?.setData([columns.second, ...known.map(([, values]) => values)]);
  }

  function redraw(chart, known) {
    chart.drawn?.destroy();
    chart.labels = known.map(([label]) => label).join('\n');
    chart.drawn = known.length === 0 ? null : drawing(chart, known);
  }

  const dashes = [[], [7, 3], [2, 2], [9, 3, 2, 3], [12, 4], [4, 4]];

  function drawing({ place, scale, text }, known) {
    const [ink, grid] = [painted('--text'), painted('--line')];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid } };
    return new uPlot(
      {
        width: place.clientWidth,
        height: 220,
        cursor: { sync: { key: 'highwater' }, drag: { x: false, y: false } },
        scales: { x: { time: false }, y: { distr: scale, ...(scale === 1 ? { range: fromZero } : {}) } },
        axes: [
          { ...axis, label: 'seconds of the window', labelSize: 20, incrs: wholeSeconds },
          { ...axis, size: 80, values: (_, ticks) => ticks.map(tick => (tick == null ? '' : text(tick))) },
        ],
        series: [
          { label: 'second' },
          ...known.map(([label], i) => ({
            label,
            stroke: painted(`--c${(i % 6) + 1}`),
            width: 2,
            dash: dashes[i % dashes.length],
            value: (_, value) => text(value),
          })),
        ],
      },
      [[], ...known.map(() => [])],
      place,
    );
  }

  const wholeSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

  /** Rates and lag are lengths: an axis that does not begin at nothing would make noise look like a collapse. */
  const fromZero = (_, least, most) => [0, Math.max(1, most * 1.1)];

  function joined(before, more, most) {
    if (Array.isArray(more)) return [...before, ...more].slice(-most);
    return Object.fromEntries(Object.keys(more).map(key => [key, joined(before[key] ?? [], more[key], most)]));
  }

  function showSeconds({ name, extent, most, columns: told }) {
    at('charted').textContent = name ?? '–';
    columns = extent === 'all' || columns === null ? told : joined(columns, told, most);
    for (const chart of charts) show(chart);
  }

  function signed(sign, text) {
    const signs = { good: '✓ ', warning: '⚠ ', bad: '✗ ' };
    const made = element('span');
    if (sign !== null) made.append(element('span', signs[sign], `sign ${sign}`));
    made.append(text);
    return made;
  }

  const cell = (text, className) => element('td', text, className);

  function showRun({ scenario, question, shape, folder, tally, ended }) {
    document.title = `${scenario} · Highwater`;
    at('question').textContent = question ?? scenario;
    at('shape').textContent = shape;
    at('folder').textContent = folder;
    at('tally').textContent = tally;
    at('rows').replaceChildren(...ended.map(endedRow));
  }

  function endedRow({ name, sign, validity, figures, notes }) {
    const row = element('tr');
    const heading = element('th');
    heading.scope = 'row';
    heading.append(signed(sign, name));
    row.append(heading);
    if (validity === null) {
      heading.colSpan = 20;
      return row;
    }
    const known = cell(undefined, 'left');
    const list = element('ul');
    list.append(...notes.map(note => element('li', note)));
    known.append(notes.length === 0 ? '–' : list);
    row.append(cell(validity, 'left'), ...figures.map(text => cell(text, 'right')), known);
    return row;
  }

  function showTrial({ name, phase, elapsed, left, share, latencyOf, rows, generator, missed }) {
    at('state').textContent = 'running';
    at('trial').textContent = name ?? 'between two trials';
    at('phase').textContent = phase;
    at('elapsed').textContent = elapsed;
    at('left').textContent = left ?? '–';
    if (share === null) at('progress').removeAttribute('value');
    else at('progress').value = Math.min(0.99, share);
    at('latency-of').textContent = latencyOf ?? '–';
    at('figures').replaceChildren(
      ...rows.map(one => {
        const row = element('tr');
        row.append(element('th', one.name), ...one.figures.map(text => cell(text, 'right')));
        return row;
      }),
    );
    at('generator').replaceChildren(generator === null ? '–' : signed(generator.sign, generator.text));
    at('missed').replaceChildren(...(missed > 0 ? [' · ', signed('warning', `running checks: ${missed} missed`)] : []));
  }

  const ends = { pass: 'pass', fail: 'fail', gone: 'lost' };

  /** The run is over: `report` says whether its page can be had. */
  function showOver({ verdict, exitCode, reasons, report }) {
    at('banner').className = `banner ${ends[verdict]}`;
    at('state').textContent = verdict === 'pass' ? '✓ over' : '✗ over';
    at('trial').textContent = reasons.length === 0 ? 'the run is over' : `the run is over: ${reasons.join(', ')}`;
    at('phase').textContent = `exit code ${exitCode}`;
    at('progress').value = 1;
    at('left').textContent = '0:00';
    at('announced').textContent = 'The run is over.';
    for (const id of ['live', 'so-far']) at(id).hidden = true;
    at('final').hidden = false;
    at('final-place').textContent =
      report === null ? 'No page was asked for.' : `It is kept as ${report}, and shown here until this page is closed.`;
    at('final').querySelector('iframe')?.remove();
    if (report === null) return Promise.resolve();
    const frame = element('iframe');
    frame.title = 'The report of the run';
    frame.src = '/report';
    at('final').append(frame);
    return new Promise(resolve => frame.addEventListener('load', resolve, { once: true }));
  }

  /** Of several scenarios the next one begins. */
  function forget() {
    shown = null;
    at('banner').className = 'banner open';
    for (const id of ['live', 'so-far']) at(id).hidden = false;
    at('final').hidden = true;
    at('final').querySelector('iframe')?.remove();
  }

  const events = new EventSource('/events');

  /** Nobody answers any more. */
  function close() {
    events.close();
    if (shown !== null) return;
    at('banner').className = 'banner lost';
    at('state').textContent = 'ended';
    at('trial').textContent = 'what it has measured is in its folder';
  }

  events.addEventListener('message', ({ data }) => {
    const told = JSON.parse(data);
    if (told.run !== undefined) showRun(told.run);
    if (told.over === null) forget();
    if (told.trial !== undefined && (told.over ?? shown) === null) showTrial(told.trial);
    if (told.over) shown = showOver(told.over);
    if (told.seconds !== undefined) showSeconds(told.seconds);
    if (told.end) void Promise.resolve(shown).then(close);
  });
  events.addEventListener('error', () => {
    if (shown !== null) return;
    at('banner').className = 'banner lost';
    at('state').textContent = 'lost';
    at('trial').textContent = 'the run does not answer';
  });

  const redrawAll = () => {
    for (const chart of charts) {
      chart.drawn?.destroy();
      chart.drawn = null;
      if (columns !== null) show(chart);
    }
  };
  document.addEventListener('themechange', redrawAll);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll);
  let resizing;
  addEventListener('resize', () => {
    clearTimeout(resizing);
    resizing = setTimeout(redrawAll, 200);
  });
})();
