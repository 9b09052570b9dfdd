/** What a client does on a message stream, or has asked for without an answer yet. */
export type MessageStreamState = 'idle' | 'asksToPublish' | 'asksToPlay' | 'publishing' | 'playing';

/** More than any client uses; each can carry a stream, so there must be an end to it. */
const MAX_MESSAGE_STREAMS = 32;

/** Whether a message stream in this state carries a publication, or is about to. */
export function isPublication(state: MessageStreamState): boolean {
  return state === 'publishing' || state === 'asksToPublish';
}

interface MessageStream {
  state: MessageStreamState;
  /** The stream name of the last publish or play. */
  name: string;
}

/** The message streams of one connection. The lowest free id is given out first, so that nearly all players are on 1. */
export class MessageStreams {
  readonly #streams = new Map<number, MessageStream>();

  /** A new message stream's id, or undefined when there are enough. */
  create(): number | undefined {
    let id = 1;
    while (this.#streams.has(id)) id++;
    return this.#open(id) === undefined ? undefined : id;
  }

  /** Forgets a message stream; its id is given out again. */
  delete(id: number): void {
    this.#streams.delete(id);
  }

  /** What is done on a message stream; `idle` for one that does not exist. */
  stateOf(id: number): MessageStreamState {
    return this.#streams.get(id)?.state ?? 'idle';
  }

  /** The stream name of the last publish or play there, or the empty string. */
  nameOf(id: number): string {
    return this.#streams.get(id)?.name ?? '';
  }

  /** Ids of the message streams on which a stream of this name is published, or is about to be. */
  *withPublication(name: string): Generator<number> {
    for (const [id, stream] of this.#streams)
      if (stream.name === name && isPublication(stream.state)) yield id;
  }

  /**
   * Notes a wish to publish or play. A client that never called createStream is given the message stream that it uses.
   * @returns false when that is the connection's own (0), or one beyond all that createStream gives out.
   */
  ask(id: number, wish: 'publish' | 'play', name: string): boolean {
    const isPossible = id > 0 && id <= MAX_MESSAGE_STREAMS;
    const stream = this.#streams.get(id) ?? (isPossible ? this.#open(id) : undefined);
    if (stream === undefined) return false;
    stream.state = wish === 'publish' ? 'asksToPublish' : 'asksToPlay';
    stream.name = name;
    return true;
  }

  /** Changes what is done on a message stream, if it exists. */
  become(id: number, state: MessageStreamState): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) stream.state = state;
  }

  #open(id: number): MessageStream | undefined {
    if (this.#streams.size >= MAX_MESSAGE_STREAMS) return undefined;
    const stream: MessageStream = { state: 'idle', name: '' };
    this.#streams.set(id, stream);
    return stream;
  }
}
