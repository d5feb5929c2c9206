/** Turns plots into one SVG string: Observable Plot draws on a document in memory, and what a report does not need is taken off. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { paint } from './colours.ts';

/** What all charts of a report share, in px. */
export const chart = { width: 760, fontSize: 12, marginLeft: 64, marginRight: 24 } as const;

export interface Caption {
  /** Fit for an HTML id. */
  readonly id: string;
  readonly title: string;
  readonly help: string;
}

/** A plot with its height; panels of one figure stand below each other and have the same width. */
export type Panel = Plot.PlotOptions & { readonly height: number };

/** Panels below each other over the same seconds of a window, which stand below the last one. */
export const onOneTimeAxis = (panels: readonly Panel[], [from, to]: readonly [number, number]): Panel[] =>
  panels.map((panel, i) => {
    const isLast = i === panels.length - 1;
    const x: Plot.ScaleOptions = {
      domain: [from, to],
      label: isLast ? 'seconds of the window' : null,
      labelAnchor: 'center',
      labelArrow: false,
    };
    return { marginTop: 26, marginBottom: isLast ? 40 : 22, ...panel, height: panel.height + (isLast ? 18 : 0), x };
  });

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** What of Plot's document a mark that draws itself needs. */
export type SvgElement = ReturnType<typeof document.createElementNS>;

/** An axis with these ticks and texts: on a logarithmic axis Plot itself would leave most texts out. */
export const durationAxis = (ticks: readonly number[], text: (value: number) => string): Plot.Markish =>
  Plot.axisY(ticks, { text, label: null });

/** So that text can be read where lines cross it. */
export const halo = { fill: 'currentColor', stroke: paint('ground'), strokeWidth: 4, paintOrder: 'stroke' } as const;

export interface LegendEntry {
  readonly text: string;
  readonly stroke: string;
  readonly strokeDasharray?: string | undefined;
}

/** Names lines above the frame, each behind a piece of its line. */
export const legend = (entries: readonly LegendEntry[], title = ''): Plot.Markish =>
  drawnMark(({ marginLeft, marginTop }) => {
    const group = svgElement('g', { 'text-anchor': 'start', transform: `translate(${marginLeft},${marginTop - 8})` });
    let left = 0;
    const write = (text: string, attributes: Readonly<Record<string, string>> = {}): void => {
      const element = svgElement('text', { x: left, y: 0, ...attributes });
      element.textContent = text;
      group.append(element);
      left += text.length * averageCharacter + 18;
    };
    if (title !== '') write(title, { 'font-weight': 'bold' });
    for (const { text, stroke, strokeDasharray } of entries) {
      const dash = strokeDasharray === undefined ? {} : { 'stroke-dasharray': strokeDasharray };
      group.append(svgElement('path', { d: `M${left} -4h24`, stroke, 'stroke-width': 2, ...dash }));
      left += 29;
      write(text);
    }
    return group;
  });

/** px, at the charts' font size; a little more than fonts need. */
export const averageCharacter = 6.9;

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly marginTop: number;
  readonly marginRight: number;
  readonly marginBottom: number;
  readonly marginLeft: number;
}

/** A mark that draws itself, in px. */
export const drawnMark = (draw: (frame: Frame) => SvgElement): Plot.Markish =>
  ((_index: unknown, _scales: unknown, _values: unknown, frame: Frame) => draw(frame)) as unknown as Plot.Markish;

/** An SVG element with attributes. */
export function svgElement(name: string, attributes: Readonly<Record<string, string | number>>): SvgElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** One `<svg>` of all panels, named by its title and reading help; it holds no style, class or id of Plot's own. */
export function drawFigure({ id, title, help }: Caption, panels: readonly Panel[]): string {
  const names = { title: `${id}-svg-title`, help: `${id}-svg-help` };
  const height = panels.reduce((sum, panel) => sum + panel.height, 0);
  const svg = svgElement('svg', {
    xmlns: 'http://www.w3.org/2000/svg',
    role: 'img',
    'aria-labelledby': `${names.title} ${names.help}`,
    viewBox: `0 0 ${chart.width} ${height}`,
    width: chart.width,
    height,
    fill: 'currentColor',
    'font-family': 'system-ui, sans-serif',
    'font-size': chart.fontSize,
    'text-anchor': 'middle',
  });
  svg.append(textElement('title', names.title, title), textElement('desc', names.help, help));
  let top = 0;
  for (const panel of panels) {
    const group = svgElement('g', { transform: `translate(0,${top})` });
    group.append(...bodyOf(panel));
    svg.append(group);
    top += panel.height;
  }
  return withOwnIds(svg.outerHTML, id);
}

/** Plot counts its ids on from drawing to drawing: named by their figure, they are the same whenever it is drawn. */
function withOwnIds(svg: string, figure: string): string {
  const numbers = new Map<string, number>();
  return svg.replaceAll(/( id="|url\(#)(plot-\w+-\d+)(?="|\))/g, (_, before: string, id: string) => {
    numbers.set(id, numbers.get(id) ?? numbers.size + 1);
    return `${before}figure-${figure}-${numbers.get(id)}`;
  });
}

function textElement(name: string, id: string, text: string): SvgElement {
  const element = svgElement(name, { id });
  element.textContent = text;
  return element;
}

/** The same drawing for a file of its own: other programs know no CSS variables, and it needs a ground. */
export function standaloneSvg(svg: string): string {
  return svg
    .replace(/var\(--[\w-]+, (#\w+)\)/g, '$1')
    .replace('fill="currentColor"', 'fill="#1A1C1E" color="#1A1C1E"')
    .replace('</desc>', '</desc><rect width="100%" height="100%" fill="#FFFFFF"/>');
}

function bodyOf(panel: Panel): SvgElement[] {
  const plot = Plot.plot({
    width: chart.width,
    marginLeft: chart.marginLeft,
    marginRight: chart.marginRight,
    ...panel,
    document: document as never,
  }) as unknown as SvgElement;
  plot.querySelector('style')?.remove();
  for (const element of plot.querySelectorAll('*')) tidy(element);
  return [...plot.children];
}

const dropped = ['aria-label', 'aria-hidden', 'aria-description', 'class', 'style', 'font-variant'];

/** The accessible version is the table, so that Plot's own labels would only be heard twice. A tenth of a px is fine enough. */
function tidy(element: SvgElement): void {
  for (const name of dropped) element.removeAttribute(name);
  for (const { name, value } of element.attributes) {
    if (name === 'transform' && value.includes('scale')) continue;
    if (/\d\.\d{2}/.test(value) && !name.includes('opacity')) {
      element.setAttribute(
        name,
        value.replace(/-?\d+\.\d+/g, (number: string) => String(Number(Number(number).toFixed(1)))),
      );
    }
  }
}
