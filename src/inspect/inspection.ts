import { ByteBudget } from '../protocol/capture/byte-budget.ts';
import type { TcpCounts } from '../protocol/capture/tcp-stream.ts';
import { CaptureSource, type FlowOpener, type OpenConnection, type OpenFlow } from './capture-source.ts';
import type { FlowOptions } from './flow-content-reader.ts';
import { type FlowBeginning, FlowReader } from './flow-reader.ts';
import type { CapturedFlow, InspectRecord, InspectSink } from './record.ts';
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
  #connections = 0;

  constructor(sink: InspectionSink, { tellsChunks, showsSecrets }: InspectionOptions) {
    this.#sink = sink;
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
    const beginning = isFromBeginning ? 'connection' : 'middle';
    return {
      toServer: this.#open({ id: `${id}>`, source, from: client, to: server }, beginning),
      toClient: this.#open({ id: `${id}<`, source, from: server, to: client }, beginning),
    };
  }

  oneDirection(source: string): OpenFlow {
    return this.#open({ id: String(++this.#connections), source }, 'file');
  }

  fault(source: string, reason: string): void {
    this.#sink.found({ flow: { id: '0', source }, offset: 0, is: 'fault', reason });
  }

  transported(flow: CapturedFlow, counts: Readonly<TcpCounts>): void {
    this.#sink.transported(flow, counts);
  }

  #open(flow: CapturedFlow, beginning: FlowBeginning): OpenFlow {
    return { flow, reader: new FlowReader(flow, beginning, this.#flowOptions) };
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
