/** Settings under Kafka's own names. Sizes and times may carry units, which become the bytes and milliseconds that Kafka takes. */
import { z } from 'zod';
import { millisFromMicros, parseDuration, parseSizeBytes } from '../../support/units.ts';
import { unitNouns } from './values.ts';

const Setting = z.union([z.string(), z.number(), z.boolean()]);
type Setting = z.infer<typeof Setting>;

/** Settings by Kafka's names, with plain values. */
export type KafkaConfig = Readonly<Record<string, Setting>>;

const wholeNumber = /^-?\d+$/;

/** What Kafka takes for a setting of that name; undefined where the text has a unit that the name does not allow. */
function settingOf(name: string, written: Setting): Setting | undefined {
  if (typeof written !== 'string' || wholeNumber.test(written)) return written;
  if (name.endsWith('.bytes')) return parseSizeBytes(written);
  if (name.endsWith('.ms')) {
    const duration = parseDuration(written);
    return duration === undefined ? undefined : Math.round(millisFromMicros(duration));
  }
  return written;
}

/** For the JSON Schema: what the names demand of the values. */
const byName = {
  patternProperties: {
    '\\.bytes$': {
      anyOf: [
        { type: ['number', 'boolean'] },
        { type: 'string', pattern: '^(-?\\d+|\\d+(\\.\\d+)?([kMGT]i?B|KiB|B)?)$' },
      ],
    },
    '\\.ms$': {
      anyOf: [{ type: ['number', 'boolean'] }, { type: 'string', pattern: '^(-?\\d+|\\d+(\\.\\d+)?(us|ms|s|m|h|d))$' }],
    },
  },
};

export const KafkaSettings = z
  .record(z.string(), Setting)
  .meta(byName)
  .transform((map, context): KafkaConfig => {
    const settings: Record<string, Setting> = {};
    for (const [name, written] of Object.entries(map)) {
      const setting = settingOf(name, written);
      if (setting !== undefined) settings[name] = setting;
      else {
        const message = name.endsWith('.bytes') ? unitNouns.size : unitNouns.duration;
        context.addIssue({ code: 'custom', message, path: [name], input: written });
      }
    }
    return settings;
  });
