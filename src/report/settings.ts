/** Shows what clients really used beside what the scenario asked for. */
import type { Cell, Result } from '../results/schema.ts';
import { countingTrials, type Table } from './table.ts';

/** A setting of one side of a cell. */
interface SettingInEffect {
  /** `producers` or `group readers`. */
  readonly side: string;
  readonly name: string;
  /** Null where the scenario says nothing of it. */
  readonly asked: string | null;
  /** Null where the client does not tell. */
  readonly inEffect: string | null;
}

/** Settings that came out otherwise than asked; no table where there are none. */
export function changedSettings(result: Result): Table[] {
  return settingsTable(result, {
    title: 'Settings that came out otherwise',
    note: 'what the client says that it used',
    shows: ({ asked, inEffect }) => asked !== null && inEffect !== null && asked !== inEffect,
  });
}

/** All settings that clients told of; no table where they told none. */
export function settingsInEffect(result: Result): Table[] {
  return settingsTable(result, {
    title: 'Settings in effect',
    note: 'what clients say that they used; asked: what the scenario says, defaults included',
    shows: () => true,
  });
}

interface SettingsView {
  readonly title: string;
  readonly note: string;
  readonly shows: (setting: SettingInEffect) => boolean;
}

function settingsTable({ cells }: Result, { title, note, shows }: SettingsView): Table[] {
  const labels = new Map<string, { readonly setting: SettingInEffect; readonly labels: string[] }>();
  const telling = cells
    .map(cell => ({ cell, settings: settingsOf(cell) }))
    .filter(({ settings }) => settings.length > 0);
  for (const { cell, settings } of telling) {
    for (const setting of settings.filter(shows)) {
      const key = JSON.stringify([setting.side, setting.name, setting.asked, setting.inEffect]);
      const known = labels.get(key) ?? { setting, labels: [] };
      known.labels.push(cell.label);
      labels.set(key, known);
    }
  }
  if (labels.size === 0) return [];
  const rows = [...labels.values()]
    .toSorted((a, b) => order(a.setting, b.setting))
    .map(({ setting, labels: of }) => [
      setting.side,
      setting.name,
      setting.asked ?? '–',
      setting.inEffect ?? '–',
      of.length === telling.length ? 'all' : of.join('; '),
    ]);
  const heading = ['of', 'setting', 'asked', 'in effect', 'cells'];
  return [{ title, note, columnsOfWords: heading.length, rows: [heading, ...rows] }];
}

/** Producers first, then groups; a setting's variants stay in the order of cells. */
const order = (a: SettingInEffect, b: SettingInEffect): number =>
  Number(a.side !== producers) - Number(b.side !== producers) ||
  a.side.localeCompare(b.side) ||
  a.name.localeCompare(b.name);

const producers = 'producers';

/** From the first trial that counts: the same settings hold in all. */
function settingsOf(cell: Cell): SettingInEffect[] {
  const [trial] = [...countingTrials(cell), ...cell.trials];
  if (trial === undefined) return [];
  const { producer, consumers } = trial.effective;
  const sides = [
    { side: producers, asked: cell.asked?.producer ?? {}, used: producer },
    ...Object.entries(consumers).map(([group, used]) => ({
      side: `group ${group}`,
      asked: cell.asked?.consumers[group] ?? {},
      used,
    })),
  ];
  return sides.flatMap(({ side, asked, used }) =>
    [...new Set([...Object.keys(asked), ...Object.keys(used)])].map(name => ({
      side,
      name,
      asked: textOf(asked[name]),
      inEffect: textOf(used[name]),
    })),
  );
}

const textOf = (value: string | number | boolean | undefined): string | null =>
  value === undefined ? null : String(value);
