// @ts-nocheck: runs in a browser, whose types this project does not load
/** What a page can do besides being read: other colours, sorted tables, all details open in print. Without it nothing is missing. */
(() => {
  const root = document.documentElement;

  /** The choice outlives the page where the browser lets it: from a file it may not. */
  const stored = {
    get() {
      try {
        return localStorage.getItem('highwater-theme');
      } catch {
        return null;
      }
    },
    set(theme) {
      try {
        localStorage.setItem('highwater-theme', theme);
      } catch {}
    },
  };

  function offerThemes() {
    const group = document.getElementById('theme');
    const themes = { system: 'System', light: 'Light', dark: 'Dark' };
    const buttons = Object.entries(themes).map(([theme, label]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.dataset.theme = theme;
      button.addEventListener('click', () => {
        stored.set(theme);
        choose(theme);
      });
      return button;
    });
    const choose = theme => {
      if (theme === 'system') delete root.dataset.theme;
      else root.dataset.theme = theme;
      for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.theme === theme));
      document.dispatchEvent(new Event('themechange'));
    };
    group.append(...buttons);
    group.hidden = false;
    const theme = stored.get();
    choose(theme in themes ? theme : 'system');
  }

  /** A cell's number; text where it holds none, null where it says that there is none. */
  function sortKey(cell) {
    const text = (cell.dataset.sort ?? cell.textContent).trim();
    if (text === '' || text === '–') return null;
    const number = /^[≥+]?\s*([−-]?[\d,]*\.?\d+)/.exec(text);
    if (number === null) return text;
    const value = Number(number[1].replaceAll(',', '').replace('−', '-'));
    // a column of durations has several units
    const micros = { µs: 1, ms: 1e3, s: 1e6, m: 60e6, h: 3600e6 }[/^[^a-zµ%]*(µs|ms|s|m|h)\b/.exec(text)?.[1]];
    return value * (micros ?? 1);
  }

  function compareKeys(a, b) {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  }

  function sortBy(table, column, direction) {
    const body = table.tBodies[0];
    const keyed = [...body.rows].map(row => ({ row, key: sortKey(row.cells[column]) }));
    const known = keyed.filter(({ key }) => key !== null).toSorted((a, b) => direction * compareKeys(a.key, b.key));
    const unknown = keyed.filter(({ key }) => key === null);
    body.append(...[...known, ...unknown].map(({ row }) => row));
  }

  function offerSorting(table) {
    if (table.tBodies[0].rows.length < 2) return;
    const headings = [...table.tHead.rows[0].cells];
    for (const [column, heading] of headings.entries()) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = heading.textContent;
      button.addEventListener('click', () => {
        const ascends = heading.getAttribute('aria-sort') !== 'ascending';
        for (const one of headings) one.removeAttribute('aria-sort');
        heading.setAttribute('aria-sort', ascends ? 'ascending' : 'descending');
        sortBy(table, column, ascends ? 1 : -1);
      });
      heading.replaceChildren(button);
    }
  }

  /** For browsers whose style sheets cannot open them. */
  function openDetailsInPrint() {
    let opened = [];
    addEventListener('beforeprint', () => {
      opened = [...document.querySelectorAll('details:not([open])')];
      for (const one of opened) one.open = true;
    });
    addEventListener('afterprint', () => {
      for (const one of opened) one.open = false;
    });
  }

  offerThemes();
  for (const table of document.querySelectorAll('table.sortable')) offerSorting(table);
  openDetailsInPrint();
})();
