/** Runs scenarios in this process while they are watched. */
import { setTimeout as pause } from 'node:timers/promises';
import { runCommand } from '../../../bench/commands/run.ts';
import type { ViewParts } from '../../../bench/watch/view.ts';
import { keptTerminal } from '../in-process.ts';
import { runFlags } from '../run-flags.ts';

/** What a page is told. */
export type Message = ViewParts & { readonly end?: true };

export interface WatchedRun {
  /** `http://127.0.0.1:4711/` */
  readonly url: string;
  readonly exitCode: Promise<number>;
  readonly kept: { readonly stderr: string };
}

/** Starts the scenario in that file, and waits until it says where it is watched. */
export async function startWatched(file: string, given: Parameters<typeof runFlags>[1] = {}): Promise<WatchedRun> {
  const { terminal, kept } = keptTerminal();
  const exitCode = runCommand(runFlags(file, { watch: '', json: true, ...given }), terminal);
  let hasEnded = false;
  void exitCode.finally(() => (hasEnded = true)).catch(() => undefined);
  for (;;) {
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(kept.stderr)?.[0];
    if (url !== undefined) return { url, exitCode, kept };
    if (hasEnded) throw new Error(`It ended with ${await exitCode}, and never said where: ${kept.stderr}`);
    await pause(5);
  }
}

/** The events as they come, until the run says that nothing follows. */
export async function* messagesOf(url: string): AsyncGenerator<Message> {
  const { body } = await fetch(new URL('/events', url));
  let text = '';
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const whole = (text + chunk).split('\n\n');
    text = whole.pop() ?? '';
    for (const event of whole) {
      const message = JSON.parse(event.replace(/^data: /, '')) as Message;
      yield message;
      // whoever has what it came for goes: the run does not wait for it
      if (message.end) return;
    }
  }
}
