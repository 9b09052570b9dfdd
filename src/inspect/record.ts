import type { ChunkFormat } from '../protocol/rtmp/chunk/chunk-header.ts';
import type { Content } from './content.ts';

/** What one side of a connection sends, or a file that holds as much. */
export interface CapturedFlow {
  /** The number of its connection, with `>` for what goes to the server and `<` for what comes from it; of a file the number alone. */
  readonly id: string;
  /** Where it was read from: the name of a file, or of the listener. */
  readonly source: string;
  /** Addresses of who sends and who receives; undefined of a file that does not say. */
  readonly from?: string;
  readonly to?: string;
  /** The session of RTMPT that it came by, as far as it is shown; its addresses are those of one of its connections. */
  readonly tunnel?: string;
}

/** What the bytes of a flow are. */
export type FlowProtocol = 'rtmp' | 'http' | 'websocket' | 'flv' | 'mmsh' | 'asf' | 'unknown';

/** How sure it is that reading goes on at the right place: every byte is accounted for, several headers fit, or one does. */
export type Sureness = 'certain' | 'likely' | 'guess';

/** Where something was found. */
export interface FlowPlace {
  readonly flow: CapturedFlow;
  /** Bytes from the beginning of the flow; behind an HTTP head, from the beginning of the body. */
  readonly offset: number;
  /** When its last byte came, since 1970, milliseconds; undefined where nobody wrote that down. */
  readonly timeMs?: number | undefined;
}

/** The first part of a handshake, or the second. */
export interface HandshakeFound {
  readonly is: 'handshake';
  readonly part: 'greeting' | 'answer';
  /** The rest is of the greeting. */
  readonly version?: number;
  /** Version of the software, 0 in the form of RTMP 1.0. */
  readonly software?: string;
  /** Who has signed it, in the form that RTMP 1.0 leaves out. */
  readonly digest?: 'player' | 'server' | 'none';
}

export interface ChunkFound {
  readonly is: 'chunk';
  readonly format: ChunkFormat;
  readonly chunkStreamId: number;
  readonly headerBytes: number;
  readonly bytes: number;
}

export interface MessageFound {
  readonly is: 'message';
  /** Of the chunk that it began with. */
  readonly format: ChunkFormat;
  readonly chunkStreamId: number;
  readonly messageStreamId: number;
  readonly type: number;
  /** Milliseconds, uint32. */
  readonly timestamp: number;
  /** Bytes. */
  readonly length: number;
  readonly chunks: number;
  /** How many of its bytes are not in the capture. */
  readonly lostBytes: number;
  readonly content: Content;
}

/** A tag of FLV. */
export interface TagFound {
  readonly is: 'tag';
  readonly type: number;
  /** Milliseconds, uint32. */
  readonly timestamp: number;
  /** Bytes of its payload. */
  readonly length: number;
  readonly lostBytes: number;
  readonly content: Content;
}

/** A packet of MMSH, or a data packet of an ASF file. */
export interface PacketFound {
  readonly is: 'packet';
  /** As in `$D`. */
  readonly id: string;
  /** Bytes behind the framing header. */
  readonly length: number;
  /** Of packets with an MMS data packet header. */
  readonly locationId?: number;
  readonly content: AsfContent;
}

/** What is in a packet of MMSH. */
export type AsfContent =
  | {
      readonly is: 'asf-header';
      readonly packetBytes: number;
      readonly streams: readonly { readonly number: number; readonly type: string; readonly codec: string }[];
    }
  | {
      readonly is: 'asf-packet';
      /** Milliseconds, uint32. */
      readonly sendTimeMs: number;
      readonly durationMs: number;
      readonly payloads: readonly {
        readonly stream: number;
        readonly isKey: boolean;
        readonly startsObject: boolean;
        /** When it is to be presented, milliseconds, uint32; undefined where it does not say. */
        readonly timeMs: number | undefined;
        readonly bytes: number;
      }[];
    }
  | { readonly is: 'end'; readonly reason: number }
  | { readonly is: 'change' }
  | { readonly is: 'other' }
  | { readonly is: 'unreadable'; readonly reason: string };

/** The head of a request or an answer. */
export interface HttpFound {
  readonly is: 'http';
  /** The first line, without secrets. */
  readonly line: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What goes wrong in a flow: each costs the exit code 0. */
export interface FaultFound {
  readonly is: 'fault';
  readonly reason: string;
}

/** Where reading goes on after a fault, or begins in the middle of a connection. */
export interface ResumedFound {
  readonly is: 'resumed';
  /** Of a flow, or of the file that flows were captured to. */
  readonly protocol: FlowProtocol | 'pcap' | 'pcapng';
  readonly sureness: Sureness;
  readonly skippedBytes: number;
}

/** Nothing more comes. */
export interface EndFound {
  readonly is: 'end';
  /** In the middle of what it ends; undefined between two things. */
  readonly inside?: string | undefined;
}

export interface FlowFound {
  readonly is: 'flow';
  readonly protocol: FlowProtocol;
  readonly note?: string | undefined;
}

export type Found =
  | FlowFound
  | HandshakeFound
  | ChunkFound
  | MessageFound
  | TagFound
  | PacketFound
  | HttpFound
  | FaultFound
  | ResumedFound
  | EndFound;

/** One thing that was found in a capture. */
export type InspectRecord = FlowPlace & Found;

/** What media a flow carries, as its bytes: for whoever writes them to a file. */
export type MediaPiece =
  | {
      readonly is: 'flv';
      readonly type: number;
      readonly timestamp: number;
      readonly messageStreamId: number;
      readonly payload: Buffer;
    }
  | { readonly is: 'asf-header' | 'asf-packet'; readonly packetBytes: number; readonly bytes: Buffer };

/** Who is told what is found. */
export interface InspectSink {
  found(record: InspectRecord): void;
  /** Media as they are; `payload` and `bytes` are not to be kept. */
  media(flow: CapturedFlow, piece: MediaPiece): void;
}
