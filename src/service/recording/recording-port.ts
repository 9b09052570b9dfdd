import type { RecordingSettings } from '../../config/recordings/recording-settings.ts';
import type { RecordingSample } from '../../metrics/metrics-source.ts';
import type { StoreLink } from '../../recording/link/store-link.ts';
import type { StoreUsage } from '../../recording/process/store-messages.ts';
import type { Recording } from '../../recording/recording.ts';
import type { UploadFigures } from '../../recording/store/recording-uploads.ts';
import type { LiveStream } from '../../stream/live-stream.ts';
import type { Followers } from '../followers.ts';
import type { Recorder, RecorderHost, StartedRecording } from './recorder.ts';
import type { StorePort, StorePortHost } from './store-port.ts';
import type { ClosableLink } from './store-supervisor.ts';
import type { RecordingOrder } from './stream-recorder.ts';

/** What recording needs of the thread that it is in. */
export interface RecordingPortHost extends Omit<RecorderHost, 'news'> {
  readonly followers: Followers;
  readonly connector: StorePortHost['connector'];
}

/** What a thread has to do with recordings, where the settings name a folder: it is loaded only then. */
export class RecordingPort {
  readonly #host: RecordingPortHost;
  #recorder: Recorder | undefined;
  #unfollow: () => void = () => {};
  #link: ClosableLink | undefined;
  /** Undefined where the main thread has it. */
  #store: StorePort | undefined;

  constructor(host: RecordingPortHost) {
    this.#host = host;
  }

  /** Records from now on. @param given - where the store is, if that is known; without it, one is started here */
  async open(
    settings: RecordingSettings | null,
    given?: { readonly storeSocket: string | undefined },
  ): Promise<void> {
    if (settings === null) return;
    const { followers, ...host } = this.#host;
    const { Recorder } = await import('./recorder.ts');
    this.#recorder = new Recorder(settings, { ...host, news: followers });
    this.#unfollow = followers.add(this.#recorder);
    if (given?.storeSocket !== undefined) await this.connect(given.storeSocket);
    if (given !== undefined) return;
    const { StorePort } = await import('./store-port.ts');
    const { clock, log, connector } = this.#host;
    this.#store = new StorePort({ clock, log, connector, onSocket: (path) => this.connect(path) });
    await this.#store.open(settings);
  }

  /** Whether streams can be recorded here at all. */
  get isOpen(): boolean {
    return this.#recorder !== undefined;
  }

  /** There is a store. @param path - of its socket */
  async connect(path: string): Promise<void> {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    const { SocketLink } = await import('../../recording/link/socket-link.ts');
    if (this.#recorder !== recorder) return; // closed meanwhile
    this.#link?.destroy();
    const link = new SocketLink(path, {
      onState: (state, sentence) => {
        if (this.#link === link) recorder.onState(state, sentence);
      },
      onExpired: (recording) => recorder.onExpired(recording),
      ...(this.#host.tellsStore && { onUpload: (news) => recorder.onUpload(news) }),
    });
    this.#link = link;
    recorder.connect(link);
  }

  /** This thread's connection to the store; undefined while there is none. */
  get link(): StoreLink | undefined {
    return this.#recorder?.link;
  }

  configure(settings: RecordingSettings | null): void {
    if (settings !== null) this.#recorder?.configure(settings);
    this.#store?.configure(settings);
  }

  /** An operator wishes that a stream is recorded. */
  start(key: string, order: RecordingOrder): StartedRecording {
    return this.#recorder?.start(key, order) ?? 'unavailable';
  }

  /** @returns whether it was recorded */
  stop(key: string): boolean {
    return this.#recorder?.stop(key) ?? false;
  }

  /** What is written of a stream now; undefined while nothing is. */
  recordingOf(stream: LiveStream): Recording | undefined {
    return this.#recorder?.recordingOf(stream);
  }

  /** How uploads stand; undefined where there are none, or the main thread has them. */
  get uploads(): UploadFigures | undefined {
    return this.#store?.uploads;
  }

  /** What the store's process takes; undefined where there is none, or the main thread has it. */
  get usage(): StoreUsage | undefined {
    return this.#store?.usage;
  }

  /** Undefined where nothing is recorded. */
  sample(): RecordingSample | undefined {
    return this.#recorder?.sample();
  }

  /** What is recorded is finished, as far as the disk takes it in time; then the store ends, if it is this thread's. */
  async close(): Promise<void> {
    await this.#recorder?.close('the relay stops');
    this.#recorder = undefined;
    this.#unfollow();
    this.#link?.close();
    this.#link = undefined;
    await this.#store?.close();
  }

  /** The process of the store; undefined where the main thread has it, or there is none. */
  get store(): StorePort | undefined {
    return this.#store;
  }
}
