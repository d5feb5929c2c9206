/** Signals of the trial itself: was everything sent, and did its groups hold still? */
import { judged, type Signal } from './signal.ts';

/** Where brokers were broken on purpose it was a client that could not take what was due: that is measured, and no fault of the generator. */
export const sentShare: Signal = ({ counts: { scheduled, sent }, faults }) => {
  if (scheduled === 0) return { validity: 'invalid', finding: { code: 'nothing-scheduled' } };
  const share = sent / scheduled;
  const isOfFaults = (faults?.injected.length ?? 0) > 0;
  return {
    validity: judged(share >= 0.999, share < 0.99 && !isOfFaults),
    finding: { code: 'not-all-sent', scheduled, sent },
  };
};

/** Members that come and go inside the window measure the rebalance, not the group. */
export const rebalance: Signal = ({ findings }) =>
  findings.some(({ code }) => code === 'rebalanced')
    ? { validity: 'invalid', finding: { code: 'rebalance-in-window' } }
    : null;

/** A trial that a check ended shows why it did, and not what the whole window would have been. */
export const cutShort: Signal = ({ findings, windowMicros }) =>
  findings.some(({ code }) => code === 'aborted-by-check')
    ? { validity: 'invalid', finding: { code: 'cut-short', windowMicros } }
    : null;

/** A load that had not settled when its warm-up was over shows a system on its way. Only `warmup: auto` is held to it. */
export const warmedUp: Signal = ({ findings }) =>
  findings.some(({ code }) => code === 'no-steady-state')
    ? { validity: 'invalid', finding: { code: 'not-warmed-up' } }
    : null;

/** A group that was too slow to read everything shows what it read, and not what the load would have been for it. */
export const leftBehind: Signal = ({ findings }) => {
  const behind = findings.find(
    finding => finding.code === 'consumers-did-not-catch-up' && finding['isStalled'] === false,
  );
  return behind === undefined
    ? null
    : { validity: 'invalid', finding: { code: 'group-left-behind', group: behind['group'] } };
};

/** A client that stops reading is a fact of that client, and its latencies are those of the stall. */
export const stall: Signal = ({ findings }) => {
  const stalled = findings.find(({ code }) => code === 'consumer-stalled');
  return stalled === undefined
    ? null
    : { validity: 'degraded', finding: { code: 'stall-in-trial', group: stalled['group'] } };
};
