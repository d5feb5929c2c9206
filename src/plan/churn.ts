/** Works out which members of a group come when, and how each ends. Pure. */
import type { ScenarioGroup } from '../scenario/schema.ts';

/** How a member ends before its trial does: `leave` closes its client, `crash` kills its worker. */
export interface MemberEnd {
  readonly kind: 'leave' | 'crash';
  /** From the start of the measured window. */
  readonly atMicros: number;
}

/** One member's time in its group. */
export interface MemberLife {
  readonly member: number;
  /** From the start of the measured window; null for one that is there from the beginning. */
  readonly joinsAtMicros: number | null;
  readonly ends: MemberEnd | null;
}

/** The members of a group over a trial: new ones count on, and those end first that came last. More can not end than are there. */
export function livesOf({ members, churn }: Pick<ScenarioGroup, 'members' | 'churn'>): MemberLife[] {
  const lives: MemberLife[] = Array.from({ length: members }, (_, member) => ({
    member,
    joinsAtMicros: null,
    ends: null,
  }));
  const present = lives.map(({ member }) => member);
  for (const { atMicros, kind, members: count } of churn.toSorted((a, b) => a.atMicros - b.atMicros)) {
    for (let i = 0; i < count; i++) {
      if (kind === 'join') {
        present.push(lives.length);
        lives.push({ member: lives.length, joinsAtMicros: atMicros, ends: null });
        continue;
      }
      const member = present.pop();
      if (member !== undefined) lives[member] = { ...(lives[member] as MemberLife), ends: { kind, atMicros } };
    }
  }
  return lives;
}

/** Whether a member needs a worker of its own: one that comes late or ends early. */
export const isFleeting = ({ joinsAtMicros, ends }: MemberLife): boolean => joinsAtMicros !== null || ends !== null;
