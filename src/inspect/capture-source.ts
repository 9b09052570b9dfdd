import { ProtocolError } from '../errors.ts';
import type { ByteBudget } from '../protocol/capture/byte-budget.ts';
import type {
  CaptureDamage,
  CapturedPacket,
  CaptureReader,
  DamageListener,
} from '../protocol/capture/captured-packet.ts';
import { ipPacketIn, isKnownLink } from '../protocol/capture/link-frame.ts';
import { PcapReader, pcapMagicOf } from '../protocol/capture/pcap-reader.ts';
import { isPcapng, PcapngReader } from '../protocol/capture/pcapng-reader.ts';
import { type TcpConnection, TcpConnections, type TcpEvent } from '../protocol/capture/tcp-connections.ts';
import { tcpSegmentIn } from '../protocol/capture/tcp-segment.ts';
import type { TcpCounts } from '../protocol/capture/tcp-stream.ts';
import type { FlowContentReader } from './flow-content-reader.ts';
import type { CapturedFlow, FaultFound, ResumedFound } from './record.ts';

/** One direction, and who reads it. */
export interface OpenFlow {
  readonly flow: CapturedFlow;
  readonly reader: FlowContentReader;
}

/** Both directions of one connection. */
export interface OpenConnection {
  readonly toServer: OpenFlow;
  readonly toClient: OpenFlow;
}

/** Who reads what is found in a source. */
export interface FlowOpener {
  connection(source: string, client: string, server: string, isFromBeginning: boolean): OpenConnection;
  oneDirection(source: string): OpenFlow;
  /** Nothing more comes of a source. */
  ended(source: string): void;
  /** How a direction came over the network, when it is over. */
  transported(flow: CapturedFlow, counts: Readonly<TcpCounts>): void;
  /** What is wrong with a source itself, or where reading goes on in it. @param offset - in bytes from its beginning; 0 of all of it */
  damage(source: string, found: FaultFound | ResumedFound, offset: number): void;
}

/** The first bytes of a file tell what it is. */
const TELLING_BYTES = 4;

/** How files begin that have to be made into others first, in hex. */
const otherFiles: Readonly<Record<string, string>> = {
  '1f8b': 'it is compressed: unpack it with gunzip first',
  '28b52ffd': 'it is compressed: unpack it with zstd -d first',
  fd377a58: 'it is compressed: unpack it with unxz first',
  '04224d18': 'it is compressed: unpack it with lz4 -d first',
  '504b0304': 'it is compressed: unpack it with unzip first',
  '425a68': 'it is compressed: unpack it with bunzip2 first',
  '736e6f6f': 'it is a capture of snoop: make it pcapng with editcap first',
  '34cdb2a1': 'it is a capture in a form that few know: make it pcapng with editcap first',
  a1b2cd34: 'it is a capture in a form that few know: make it pcapng with editcap first',
};

/** A file: a capture, which is taken apart into connections, or the bytes of one direction. */
export class CaptureSource {
  readonly #name: string;
  readonly #opener: FlowOpener;
  readonly #budget: ByteBudget;
  #first: Buffer = Buffer.alloc(0);
  #reader: { push(chunk: Buffer): void; end(isStopped: boolean): void } | undefined;

  /** @param budget - of segments that wait for others */
  constructor(name: string, opener: FlowOpener, budget: ByteBudget) {
    this.#name = name;
    this.#opener = opener;
    this.#budget = budget;
  }

  /** Whether it is known what it is. */
  get hasBegun(): boolean {
    return this.#reader !== undefined;
  }

  /** @param chunk - the caller's again afterwards */
  push(chunk: Buffer): void {
    if (this.#reader !== undefined) {
      this.#reader.push(chunk);
      return;
    }
    this.#first = Buffer.concat([this.#first, chunk]);
    if (this.#first.length >= TELLING_BYTES) this.#begin();
  }

  /** @param isStopped - there is more, which nobody wants to see */
  end(isStopped = false): void {
    if (this.#reader === undefined) this.#begin();
    this.#reader?.end(isStopped);
    this.#opener.ended(this.#name);
  }

  #begin(): void {
    const first = this.#first;
    const hex = first.toString('hex', 0, TELLING_BYTES);
    const other = Object.entries(otherFiles).find(([beginning]) => hex.startsWith(beginning));
    if (other !== undefined) {
      this.#opener.damage(this.#name, { is: 'fault', reason: other[1] }, 0);
      this.#reader = { push: () => {}, end: () => {} }; // chance would find something in it
      return;
    }
    const form = first.length < TELLING_BYTES ? undefined : captureFormOf(first);
    if (form === undefined) {
      const { reader } = this.#opener.oneDirection(this.#name);
      this.#reader = { push: (bytes) => reader.push(bytes, undefined), end: () => reader.end() };
    } else this.#reader = new PacketSource(this.#name, this.#opener, this.#budget, form);
    this.#reader.push(first);
    this.#first = Buffer.alloc(0);
  }
}

interface CaptureForm {
  readonly protocol: 'pcap' | 'pcapng';
  readonly open: (damaged: DamageListener) => CaptureReader;
}

function captureFormOf(first: Buffer): CaptureForm | undefined {
  if (isPcapng(first)) return { protocol: 'pcapng', open: (damaged) => new PcapngReader(damaged) };
  if (pcapMagicOf(first) === undefined) return undefined;
  return { protocol: 'pcap', open: (damaged) => new PcapReader(damaged) };
}

/** Takes a capture apart: packets, segments, connections, and what each side has said. */
class PacketSource {
  readonly #name: string;
  readonly #opener: FlowOpener;
  readonly #capture: CaptureReader;
  readonly #connections: TcpConnections;
  readonly #open = new Map<TcpConnection, OpenConnection>();
  readonly #unknownLinks = new Set<number>();
  #fragments = 0;
  #segments = 0;
  #packets = 0;
  /** Whether the rest of it cannot be read. */
  #isOver = false;
  #isDamaged = false;

  constructor(name: string, opener: FlowOpener, budget: ByteBudget, { protocol, open }: CaptureForm) {
    this.#name = name;
    this.#opener = opener;
    this.#capture = open((damage) => this.#damaged(damage, protocol));
    this.#connections = new TcpConnections(budget);
  }

  push(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#capture.push(chunk);
    this.#read();
  }

  end(isStopped: boolean): void {
    if (!this.#isOver && !isStopped) {
      this.#capture.end();
      this.#read();
    }
    for (const event of this.#connections.end()) this.#tell(event);
    for (const linkType of this.#unknownLinks)
      this.#fault(`packets of link type ${linkType}, which is not known here`);
    if (this.#fragments > 0) this.#fault(`${this.#fragments} fragments of IP packets were passed over`);
    if (this.#segments === 0 && !this.#isDamaged && !isStopped)
      this.#fault(`no TCP is in it: it has ${this.#packets} packets`);
  }

  #read(): void {
    try {
      for (const packet of this.#capture.packets()) this.#take(packet);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#isOver = true;
      this.#isDamaged = true;
      this.#fault(error.message);
    }
  }

  #fault(reason: string): void {
    this.#opener.damage(this.#name, { is: 'fault', reason }, 0);
  }

  #damaged(damage: CaptureDamage, protocol: CaptureForm['protocol']): void {
    this.#isDamaged = true;
    const { at, ...found } = damage;
    this.#opener.damage(this.#name, found.is === 'fault' ? found : { ...found, protocol }, at);
  }

  #take({ bytes, linkType, timeMs }: CapturedPacket): void {
    this.#packets++;
    const packet = ipPacketIn(bytes, linkType);
    if (packet === undefined) {
      if (!isKnownLink(linkType)) this.#unknownLinks.add(linkType);
      return;
    }
    const segment = tcpSegmentIn(packet);
    if (segment === 'fragment') this.#fragments++;
    else if (typeof segment !== 'string') {
      this.#segments++;
      for (const event of this.#connections.add(segment, timeMs)) this.#tell(event);
    }
  }

  #tell(event: TcpEvent): void {
    const { connection } = event;
    if (event.is === 'opened') {
      const { client, server, isFromBeginning } = connection;
      this.#open.set(connection, this.#opener.connection(this.#name, client, server, isFromBeginning));
      return;
    }
    const open = this.#open.get(connection);
    if (open === undefined) return;
    const { flow, reader } = event.side === connection.toServer ? open.toServer : open.toClient;
    if (event.is === 'bytes') reader.push(event.bytes, event.timeMs);
    else if (event.is === 'gap') reader.gap(event.bytes);
    else {
      reader.end();
      this.#opener.transported(flow, event.side.counts);
      if (event.side === connection.toClient) this.#open.delete(connection);
    }
  }
}
