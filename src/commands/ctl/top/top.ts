import type { AdminClient } from '../api/admin-client.ts';
import { PlaceError } from '../api/relay-place.ts';
import { endedText } from '../changing/kick.ts';
import type { CtlCall } from '../ctl-call.ts';
import { CtlFailure } from '../ctl-failure.ts';
import { colourful, monochrome } from '../terminal/palette.ts';
import { FullScreen, type ScreenEvents } from './full-screen.ts';
import { keysIn } from './key-reader.ts';
import { type Deed, press } from './press.ts';
import { ScreenPainter } from './screen-painter.ts';
import { type FeedEvents, type Look, look, TopFeed } from './top-feed.ts';
import { layoutOf, topScreen } from './top-screen.ts';
import { firstState, type ScreenSize, settled, type TopState, type Warning } from './top-state.ts';

/** How long a notice is shown, milliseconds. */
const NOTICE_MS = 6000;

/** The clock on the screen goes on, milliseconds. */
const TICK_MS = 1000;

/** How long somebody is kept out who was kicked with `b`, milliseconds. */
const BAN_MS = 3_600_000;

/** Warnings that are kept. */
const MAX_WARNINGS = 100;

/** Shows a relay live until `q` is pressed. @throws PlaceError where there is no terminal */
export async function top({ client, isJson }: CtlCall): Promise<void> {
  const { stdin, stdout } = process;
  if (isJson || !stdin.isTTY || !stdout.isTTY)
    throw new PlaceError('top needs a terminal: status, streams and sessions write what it shows once');
  const { relay, streams } = await look(client, undefined); // what is wrong now is told as by any other command
  await new Top(client, firstState(relay, streams)).run();
}

/** What is on the screen, and who changes it: keys, the relay, time. */
class Top implements ScreenEvents, FeedEvents {
  readonly #client: AdminClient;
  readonly #ending = new AbortController();
  readonly #painter = new ScreenPainter(process.stdout.hasColors() ? colourful : monochrome);
  readonly #screen: FullScreen;
  readonly #feed: TopFeed;
  #state: TopState;

  constructor(client: AdminClient, state: TopState) {
    this.#client = client;
    this.#state = state;
    this.#feed = new TopFeed(client, this, this.#ending.signal);
    this.#screen = new FullScreen(process.stdin, process.stdout, this);
  }

  async run(): Promise<void> {
    using _screen = this.#screen;
    const tick = setInterval(() => this.#show(this.#state), TICK_MS);
    try {
      this.onLost();
      await this.#feed.run();
    } finally {
      clearInterval(tick);
    }
  }

  get stream(): string | undefined {
    const { view } = this.#state;
    return view.at === 'sessions' ? view.stream : undefined;
  }

  onInput(sent: string): void {
    for (const key of keysIn(sent)) {
      const { listRows } = layoutOf(this.#state, this.#size);
      const { state, deed } = press(this.#state, key, listRows);
      this.#show(state);
      if (deed !== undefined) this.#carryOut(deed);
    }
  }

  onLost(): void {
    this.#painter.forget();
    this.#show(this.#state);
  }

  onEnd(): void {
    this.#ending.abort();
  }

  onLook({ relay, streams, sessions }: Look): void {
    const isWanted = sessions !== undefined && sessions.stream === this.stream;
    this.#show(
      settled({
        ...this.#state,
        relay,
        streams,
        sessions: isWanted ? sessions.list : this.#state.sessions,
        link: { at: 'there' },
      }),
    );
  }

  onAway(problem: string): void {
    const { link } = this.#state;
    const sinceMs = link.at === 'away' ? link.sinceMs : Date.now();
    this.#show({ ...this.#state, link: { at: 'away', sinceMs, problem } });
  }

  onWarning(warning: Warning): void {
    const warnings = [...this.#state.warnings, warning].slice(-MAX_WARNINGS);
    this.#show({ ...this.#state, warnings });
  }

  get #size(): ScreenSize {
    const { rows, columns } = process.stdout;
    return { rows: rows || 24, columns: columns || 80 };
  }

  #show(state: TopState): void {
    this.#state = state;
    this.#screen.write(this.#painter.draw(topScreen(state, this.#size, Date.now()), this.#size));
  }

  #carryOut(deed: Deed): void {
    switch (deed.do) {
      case 'quit':
        this.#ending.abort();
        break;
      case 'pause':
        this.#screen.pause();
        break;
      case 'redraw':
        this.onLost();
        break;
      case 'look':
        this.#feed.lookNow();
        break;
      case 'kick':
        void this.#kick(deed);
        break;
      default:
        deed satisfies never;
    }
  }

  async #kick({ target: { by, value }, isBanned }: Extract<Deed, { do: 'kick' }>): Promise<void> {
    const path = by === 'session' ? `sessions/${encodeURIComponent(value)}` : 'sessions';
    const stream = by === 'stream' ? value : undefined;
    const banMs = isBanned ? BAN_MS : undefined;
    const said = await this.#client
      .change<{ readonly ended: number }>('DELETE', path, { stream, banMs })
      .then(
        ({ ended }) => ({ text: endedText(ended), isBad: false }),
        (error: unknown) => {
          if (!(error instanceof CtlFailure)) throw error;
          return { text: error.message, isBad: true };
        },
      );
    this.#show({ ...this.#state, notice: { ...said, untilMs: Date.now() + NOTICE_MS } });
    this.#feed.lookNow();
  }
}
