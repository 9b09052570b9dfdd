import { ByteBudget } from '../protocol/capture/byte-budget.ts';
import type { TcpCounts } from '../protocol/capture/tcp-stream.ts';
import { CaptureSource, type FlowOpener, type OpenConnection, type OpenFlow } from './capture-source.ts';
import type { FlowOptions } from './flow-content-reader.ts';
import { type FlowBeginning, FlowReader } from './flow-reader.ts';
import { CapturedTunnels } from './http/captured-tunnels.ts';
import { HttpConversation } from './http/http-conversation.ts';
import type { CapturedFlow, FaultFound, InspectRecord, InspectSink, ResumedFound } from './record.ts';
import { ConnectionSecrets } from './secrets.ts';

/** Who is told what is found, and how it came. */
export interface InspectionSink extends InspectSink {
  /** How a direction came over the network, when it is over. */
  transported(flow: CapturedFlow, counts: Readonly<TcpCounts>): void;
}

export interface InspectionOptions {
  /** Whether chunks are told of, besides the messages in them. */
  readonly tellsChunks: boolean;
  readonly showsSecrets: boolean;
}

/** All that waits for more bytes takes no more memory than this. */
const MAX_WAITING_BYTES: number = 2 ** 28;
/** Secrets of so many connections are known at a time. */
const MAX_CONNECTIONS = 4096;

/** Reads captures, files of one direction, and connections as they happen. */
export class Inspection implements FlowOpener {
  readonly #sink: InspectionSink;
  readonly #flowOptions: FlowOptions;
  readonly #secrets = new Map<string, ConnectionSecrets>();
  readonly #showsSecrets: boolean;
  /** By the names of their sources. */
  readonly #tunnels = new Map<string, CapturedTunnels>();
  #connections = 0;

  constructor(sink: InspectionSink, { tellsChunks, showsSecrets }: InspectionOptions) {
    this.#sink = sink;
    this.#showsSecrets = showsSecrets;
    this.#flowOptions = {
      sink: {
        found: (record) => sink.found(showsSecrets ? record : this.#withoutSecrets(record)),
        media: (flow, piece) => sink.media(flow, piece),
      },
      budget: new ByteBudget(MAX_WAITING_BYTES),
      tellsChunks,
    };
  }

  /** A capture of tcpdump or Wireshark, or the bytes of one direction. */
  source(name: string): CaptureSource {
    return new CaptureSource(name, this, this.#flowOptions.budget);
  }

  connection(source: string, client: string, server: string, isFromBeginning: boolean): OpenConnection {
    const id = String(++this.#connections);
    const [beginning, side] = isFromBeginning
      ? (['connection', 'both'] as const)
      : (['middle', 'from the middle'] as const);
    const conversation = new HttpConversation(this.#tunnelsOf(source), side);
    return {
      toServer: this.#open({ id: `${id}>`, source, from: client, to: server }, beginning, conversation),
      toClient: this.#open({ id: `${id}<`, source, from: server, to: client }, beginning, conversation),
    };
  }

  oneDirection(source: string): OpenFlow {
    const conversation = new HttpConversation(this.#tunnelsOf(source), 'one direction');
    return this.#open({ id: String(++this.#connections), source }, 'file', conversation);
  }

  ended(source: string): void {
    this.#tunnels.get(source)?.end();
    this.#tunnels.delete(source);
  }

  damage(source: string, found: FaultFound | ResumedFound, offset: number): void {
    this.#sink.found({ flow: { id: '0', source }, offset, ...found });
  }

  transported(flow: CapturedFlow, counts: Readonly<TcpCounts>): void {
    this.#sink.transported(flow, counts);
  }

  #open(flow: CapturedFlow, beginning: FlowBeginning, conversation?: HttpConversation): OpenFlow {
    return { flow, reader: new FlowReader(flow, beginning, this.#flowOptions, conversation) };
  }

  #tunnelsOf(source: string): CapturedTunnels {
    const known = this.#tunnels.get(source);
    if (known !== undefined) return known;
    const tunnels = new CapturedTunnels(this.#flowOptions.budget, (tunnel, { from, to }) => {
      const id = String(++this.#connections);
      const shown = this.#showsSecrets ? tunnel : shortened(tunnel);
      const flow = (sign: '>' | '<'): CapturedFlow => {
        const [sender, receiver] = sign === '>' ? [from, to] : [to, from];
        const ends = sender === undefined || receiver === undefined ? {} : { from: sender, to: receiver };
        return { id: `${id}${sign}`, source, ...ends, tunnel: shown };
      };
      return {
        toServer: this.#open(flow('>'), 'tunnel').reader,
        toClient: this.#open(flow('<'), 'tunnel').reader,
      };
    });
    this.#tunnels.set(source, tunnels);
    return tunnels;
  }

  #withoutSecrets(record: InspectRecord): InspectRecord {
    const connection = /^\d+/.exec(record.flow.id)?.[0] ?? '';
    let secrets = this.#secrets.get(connection);
    if (secrets === undefined) {
      secrets = new ConnectionSecrets();
      this.#secrets.set(connection, secrets);
      for (const oldest of this.#secrets.keys()) {
        if (this.#secrets.size <= MAX_CONNECTIONS) break;
        this.#secrets.delete(oldest);
      }
    }
    return secrets.hide(record);
  }
}

/** The id of a tunnel as it may be shown: whoever knows all of it speaks for its client. */
function shortened(id: string): string {
  return `${id.slice(0, Math.min(6, Math.floor(id.length / 3)))}***`;
}
