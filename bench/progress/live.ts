/** Shows a run on a terminal: a frame of what is under way, and above it a line for all that is over. */
import type { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import type { Course } from './course.ts';
import { frameText } from './frame.ts';
import { History } from './history.ts';
import { cut } from './line.ts';
import { asAscii, wordsOf } from './words.ts';

/** Four frames a second: more would take time from what is measured. */
const frameMillis = 250;

/** `warn `, and the last column, which stays empty. */
const signColumns = 6;

export function liveProgress(course: Course, terminal: Terminal): Progress {
  const history = new History();
  const { unicode, errorColor: color } = terminal;
  const note = (text: string): void => terminal.error(unicode ? text : asAscii(text));
  const draw = (): void => {
    // between two trials the last frame stays: it would flicker
    if (course.current === null) return;
    terminal.frame(frameText(course, history, { columns: terminal.errorColumns, color, unicode }));
  };
  const timer = setInterval(draw, frameMillis).unref();
  const end = (): void => {
    clearInterval(timer);
    terminal.frame('');
  };
  return {
    note,
    show(event) {
      course.take(event);
      history.take(event);
      const words = wordsOf(event, course);
      if (words === null) return;
      const { sign, text } = words;
      // the tables at the end have all that is cut off here; what went wrong is said in full
      const shown = event.type === 'trial-done' ? cut(text, terminal.errorColumns - signColumns) : text;
      note(sign === null ? shown : `${terminal.sign(sign)} ${shown}`);
    },
    end,
    [Symbol.dispose]: end,
  };
}
