/** How charts over time show what was broken: told from rebalances, and not by colour alone. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { overTime } from '../../../src/report/figures/over-time.ts';
import type { TrialMeasurement } from '../../../src/run/measurement.ts';
import { aFault, someFaults } from '../../builders/faults.ts';
import { aGroup } from '../../builders/group.ts';
import { aChartedTrial, aSource } from './charted.ts';

suite('a chart over time', () => {
  const charted = (over: Partial<TrialMeasurement>) => {
    const source = aSource({
      one: [aChartedTrial({ micros: 5_000 }, { groups: [aGroup({ lag: withLag })], ...over })],
    });
    const [figure] = overTime.figures(source);
    assert.ok(figure !== undefined);
    return figure;
  };
  const withLag = {
    max: 9,
    end: 0,
    worstByPartition: [],
    samples: [1, 2, 3].map(second => ({
      atMicros: second * 1e6,
      unread: 9,
      unreadOfWorstPartition: 4,
      uncommitted: null,
    })),
  };
  const rebalance = {
    atMicros: 6e6,
    durationMicros: 1e6,
    reason: 'unasked',
    moved: 1,
    longestUnownedMicros: 0,
    endToEndMaxMicros: null,
  };
  /** The dashed edges of bands, one by one. */
  const dashed = (svg: string): number =>
    [...svg.matchAll(/<g [^>]*stroke-dasharray="5 3"[^>]*>(.*?)<\/g>/gs)].reduce(
      (sum, [, lines = '']) => sum + lines.split('<line ').length - 1,
      0,
    );
  const faults = someFaults(aFault({ atMicros: 2e6, endedAtMicros: 5e6 }));

  test('marks faults in every panel by dashed edges, and names them once', () => {
    const { svg, help } = charted({ faults });
    assert.equal(dashed(svg), 6, 'two edges in each of three panels');
    assert.equal(svg.split('>kill, broker 1<').length - 1, 1);
    assert.match(help, /Bands between dashed lines, with names: faults/);
    assert.doesNotMatch(help, /rebalances/);
  });

  test('tells rebalances from them', () => {
    const groups = [aGroup({ lag: withLag, rebalances: [rebalance] })];
    const { svg, help } = charted({ faults, groups });
    assert.match(help, /dashed lines, with names: faults.*whole edges: rebalances/);
    assert.equal(dashed(svg), 6);
    assert.equal(dashed(charted({ groups }).svg), 0);
  });

  test('ends a band that did not end with the axis, and keeps names apart', () => {
    const open = someFaults(
      aFault({ atMicros: 2e6, endedAtMicros: null }),
      aFault({ atMicros: 2.4e6, endedAtMicros: null, brokers: [2] }),
      aFault({ atMicros: 8e6, endedAtMicros: 30e6, brokers: [3] }),
    );
    const { svg } = charted({ faults: open });
    assert.equal(dashed(svg), 9, 'only where they began');
    assert.deepEqual(
      [...svg.matchAll(/>(kill, broker \d)</g)].map(match => match[1]),
      ['kill, broker 1', 'kill, broker 3'],
    );
  });

  test('has the faults in its table', () => {
    const { table } = charted({ faults });
    assert.deepEqual(table.rows.map(row => row.at(-1)).slice(0, 8), [
      'faults',
      '',
      '',
      'kill, broker 1',
      'kill, broker 1',
      'kill, broker 1',
      'kill, broker 1',
      '',
    ]);
    assert.ok(!charted({}).table.rows[0]?.includes('faults'));
  });
});
