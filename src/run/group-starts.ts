/** Sees to where consumer groups begin: commits it for them before their members join, so that every client begins there, and all alike. */
import type { GroupOffsets, LogPoint, TopicOffsets } from '../cluster/group-offsets.ts';
import type { TrialPositions } from '../plan/assign.ts';
import type { GroupStart } from '../plan/groups.ts';

/** Commits the starts of groups. Returns by name those of groups without a group at the broker: their members must be told. */
export async function placeGroups(
  offsets: GroupOffsets,
  starts: readonly GroupStart[],
): Promise<ReadonlyMap<string, TrialPositions>> {
  const positions = new Map<string, TrialPositions>();
  for (const { group, groupIds, groupProtocol, start, reset } of starts) {
    if (reset && groupProtocol !== 'manual') for (const groupId of groupIds) await offsets.forget(groupId);
    const begin = await beginOf(offsets, start);
    if (begin === null) continue;
    if (groupProtocol === 'manual') positions.set(group, begin);
    else for (const groupId of groupIds) await offsets.set(groupId, begin);
  }
  return positions;
}

/** Null where clients begin there by themselves: at the earliest, or at what is committed. */
async function beginOf(offsets: GroupOffsets, start: GroupStart['start']): Promise<TopicOffsets | null> {
  switch (start.kind) {
    case 'earliest':
    case 'committed':
      return null;
    case 'latest':
      return offsets.offsetsAt('end');
    case 'timestamp':
      return offsets.offsetsAt({ epochMillis: start.epochMillis } satisfies LogPoint);
    case 'offset': {
      const [first, end] = [await offsets.offsetsAt('first'), await offsets.offsetsAt('end')];
      // what is not in the log any more, or not yet, would be any client's own choice
      return first.map((ofTopic, topic) =>
        ofTopic.map((low, partition) => Math.min(Math.max(start.offset, low), end[topic]?.[partition] ?? low)),
      );
    }
  }
}
