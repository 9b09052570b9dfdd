import type { ReadStream, WriteStream } from 'node:tty';

/** The alternate screen without a cursor, and back. @see xterm's control sequences, DECSET 1049 and 25 */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/** What the owner of a screen is told. */
export interface ScreenEvents {
  /** Keys were pressed. */
  onInput(sent: string): void;
  /** Everything has to be drawn again: the size has changed, or somebody else had the terminal. */
  onLost(): void;
  /** The terminal or the process is to end. */
  onEnd(): void;
}

/** Has a terminal for itself until it is closed, and gives it back as it was whatever happens, even a fault of ours. */
export class FullScreen implements Disposable {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #events: ScreenEvents;
  #isEntered = false;

  readonly #onInput = (sent: string): void => this.#events.onInput(sent);
  readonly #onEnd = (): void => this.#events.onEnd();
  readonly #onResize = (): void => this.#events.onLost();
  readonly #onContinue = (): void => {
    this.#enter();
    this.#events.onLost();
  };
  readonly #leave = (): void => {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    this.#output.write(LEAVE);
    if (this.#input.isTTY) this.#input.setRawMode(false);
  };

  constructor(input: ReadStream, output: WriteStream, events: ScreenEvents) {
    this.#input = input;
    this.#output = output;
    this.#events = events;
    input.setEncoding('utf8');
    input.on('data', this.#onInput);
    input.on('end', this.#onEnd);
    input.on('error', this.#onEnd);
    output.on('resize', this.#onResize);
    output.on('error', this.#onEnd);
    process.on('SIGCONT', this.#onContinue);
    for (const signal of endSignals) process.on(signal, this.#onEnd);
    process.on('exit', this.#leave);
    process.on('uncaughtExceptionMonitor', this.#leave); // before the fault is told
    this.#enter();
  }

  /** Writes to it, if it is there. */
  write(text: string): void {
    if (this.#isEntered && text !== '') this.#output.write(text);
  }

  /** Gives the terminal back until somebody continues the process, as Ctrl-Z does for other programs. */
  pause(): void {
    this.#leave();
    process.kill(process.pid, 'SIGSTOP'); // raw mode has kept the terminal from sending SIGTSTP
  }

  [Symbol.dispose](): void {
    this.#leave();
    this.#input.off('data', this.#onInput);
    this.#input.off('end', this.#onEnd);
    this.#input.off('error', this.#onEnd);
    this.#output.off('resize', this.#onResize);
    process.off('SIGCONT', this.#onContinue);
    for (const signal of endSignals) process.off(signal, this.#onEnd);
    process.off('exit', this.#leave);
    process.off('uncaughtExceptionMonitor', this.#leave);
    this.#input.pause();
  }

  #enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER);
  }
}

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
