#!/usr/bin/env node
/**
 * Turns a fresh clone into one that runs: packages, the pinned Node, a native addon. Does only what is missing.
 * Plain JavaScript without dependencies, because the Node that starts it may be old and nothing may be installed yet.
 */
import { addonIsSettled, settleAddon } from './setup/addon.js';
import { chromiumIsSettled, settleChromium } from './setup/chromium.js';
import { exclusively } from './setup/exclusive.js';
import { linkPinnedNode, pinnedNodeIsLinked, requireNode } from './setup/node.js';
import { installPackages, packagesAreInstalled } from './setup/packages.js';
import { SetupError, say } from './setup/say.js';

const root = new URL('..', import.meta.url);

/** The exit code of everything that the environment lacks, as in `src/support/errors.ts`, which an old Node cannot load. */
const environmentExitCode = 3;

/** Whether it is what somebody wanted, and not only what comes before a test or a run. */
const isAsked = process.env['npm_lifecycle_event'] === 'setup';

/** Whether tests follow: they alone look at reports in a browser. */
const isForTests = process.env['npm_lifecycle_event'] === 'pretest';

const isComplete = () =>
  packagesAreInstalled(root) &&
  pinnedNodeIsLinked(root) &&
  addonIsSettled(root, isAsked) &&
  (!isForTests || chromiumIsSettled(root));

try {
  if (!isComplete()) {
    await exclusively(root, async alsoHeldBy => {
      // Looked at again: another set-up may have done it meanwhile.
      if (!packagesAreInstalled(root)) await installPackages(root, alsoHeldBy);
      if (!pinnedNodeIsLinked(root)) await linkPinnedNode(root, alsoHeldBy);
      requireNode(root);
      if (!addonIsSettled(root, isAsked)) await settleAddon(root, alsoHeldBy);
      if (isForTests && !chromiumIsSettled(root)) await settleChromium(root, alsoHeldBy);
    });
  }
  requireNode(root);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`✖ ${error.message}`);
  say(`  ${error.hint}`);
  process.exitCode = environmentExitCode;
}
