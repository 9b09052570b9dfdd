import type { BanLedger } from '../../access/bans/ban-ledger.ts';
import type { WorkerCrew } from '../workers/worker-crew.ts';
import type { HouseMember, LastingBan, MemberReport, MemberStream, Welcome } from './house-member.ts';

/** What a house asks of a relay that has workers. */
export class CrewMember implements HouseMember {
  readonly #crew: WorkerCrew;
  readonly #bans: BanLedger;
  /** The workers that the last report is of: of one that is gone nobody says who has left with it. */
  #reported = '';
  #welcomes: Welcome = 'everybody';

  constructor(crew: WorkerCrew, bans: BanLedger) {
    this.#crew = crew;
    this.#bans = bans;
  }

  /** Whom it lets in; workers that start are told. */
  get welcomes(): Welcome {
    return this.#welcomes;
  }

  async report(isWhole: boolean): Promise<MemberReport> {
    const workers = this.#crew.ready.map(({ number }) => number).join();
    const isOther = workers !== this.#reported;
    this.#reported = ''; // unless all of them answer
    const parts = await this.#crew.ask('houseReport', isWhole || isOther);
    const areAlike = parts.every((part) => part.isWhole === parts[0]?.isWhole);
    const reports = areAlike ? parts : await this.#crew.ask('houseReport', true); // one could not keep all that has happened
    this.#reported = workers;
    return merged(reports);
  }

  keepOut(bans: readonly LastingBan[]): void {
    this.#bans.replaceFrom('house', bans);
    this.#crew.tell({ say: 'bans', bans: this.#bans.left() });
  }

  welcome(whom: Welcome, reconnectUrl: string | null): void {
    this.#welcomes = whom;
    this.#crew.tell({ say: 'welcome', whom, reconnectUrl });
  }
}

function merged(parts: readonly MemberReport[]): MemberReport {
  const sum = (read: (part: MemberReport) => number): number =>
    parts.reduce((total, part) => total + read(part), 0);
  const byKey = Map.groupBy(
    parts.flatMap(({ streams }) => streams),
    ({ key }) => key,
  );
  return {
    players: sum(({ players }) => players),
    publishers: sum(({ publishers }) => publishers),
    sentBitsPerSecond: sum(({ sentBitsPerSecond }) => sentBitsPerSecond),
    receivedBitsPerSecond: sum(({ receivedBitsPerSecond }) => receivedBitsPerSecond),
    streams: [...byKey.values()].flatMap((some) => overThreads(some) ?? []),
    isWhole: parts.every(({ isWhole }) => isWhole),
    joined: parts.flatMap(({ joined }) => joined),
    left: parts.flatMap(({ left }) => left),
  };
}

/** The thread that keeps the stream knows it best. */
function overThreads(parts: readonly MemberStream[]): MemberStream | undefined {
  const home = parts.find(({ source, isCopy }) => source !== 'none' && !isCopy) ?? parts[0];
  const players = parts.reduce((total, part) => total + part.players, 0);
  return home && { ...home, players };
}
