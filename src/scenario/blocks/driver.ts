/** Which client library runs a side: `kafkajs`, or with a version `confluent@1.9.0`. */
import { z } from 'zod';
import { type DriverChoice, driverNames, packagedDrivers } from '../../drivers/registry.ts';
import { didYouMean } from '../../support/registry.ts';

const exact = String.raw`\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?`;
const versioned = `^(${packagedDrivers.join('|')})@(${exact})$`;
const isExact = (version: string): boolean => new RegExp(`^${exact}$`).test(version);

/** What is wrong with a driver and its version, and what to write. */
interface Complaint {
  readonly message: string;
  readonly hint: string;
}

function complaintAbout(name: string, version: string): Complaint | null {
  const known: readonly string[] = driverNames;
  const packaged: readonly string[] = packagedDrivers;
  if (!known.includes(name)) {
    const meant = didYouMean(name, known);
    const hint = meant === undefined ? `use one of ${known.join(', ')}` : `did you mean "${meant}"?`;
    return { message: `there is no driver "${name}"`, hint };
  }
  if (!packaged.includes(name)) {
    return { message: `${name} is a part of Highwater and has no releases`, hint: `write ${name}` };
  }
  if (isExact(version)) return null;
  return {
    message: `"${version}" is no exact release: what is measured must not change by itself`,
    hint: `write all of it, like ${name}@1.2.3`,
  };
}

function toChoice(written: string, context: z.RefinementCtx): DriverChoice {
  const at = written.indexOf('@');
  if (at === -1) return { name: written as DriverChoice['name'], version: null };
  const [name, version] = [written.slice(0, at), written.slice(at + 1)];
  const complaint = complaintAbout(name, version);
  if (complaint === null) return { name: name as DriverChoice['name'], version };
  const { message, hint } = complaint;
  context.addIssue({ code: 'custom', message, params: { hint, code: 'E103' }, input: written });
  return z.NEVER;
}

/** Any text with an `@`, whose parts are looked at one by one; editors are told of what passes. */
const Versioned = z
  .string()
  // without one it is a name, of which the other alternative speaks
  .refine(written => written.includes('@'), { abort: true })
  .meta({ pattern: versioned });

export const DriverName = z.union([z.enum(driverNames), Versioned]).transform(toChoice);
