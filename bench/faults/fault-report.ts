import { SILENCE_MS } from './chain.ts';
import { oddities } from './comparison.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import { describeFault } from './fault-plan.ts';
import type { ChainFindings, FaultFindings, PlayerFindings } from './trial.ts';

/** Delay is to be normal so long after a fault is over, milliseconds. */
const SETTLE_MS = 2000;

/** All that a run of faults has found; its JSON. */
export interface FaultReport {
  readonly machine: string;
  readonly commit: string;
  readonly command: string;
  readonly date: string;
  readonly chains: readonly ChainFindings[];
  /** Why it has failed; none: it has passed. */
  readonly broken: readonly string[];
}

const losses = ['missing', ...oddities] as const;

/** Whether delay took longer to be normal than it may. */
export function isLate({ lastedMs, players }: FaultFindings): boolean {
  return Object.values(players).some(({ unsettledMs }) => unsettledMs > lastedMs + SETTLE_MS);
}

/** Why a chain has not passed. @param areTwo - two faults at a time may lose frames, which are stated; everything else counts */
export function brokenBy(
  { hops, faults, totals, witness, complaints, gaveUp }: ChainFindings,
  areTwo: boolean,
): string[] {
  const name = `${hops} hops`;
  const counted = losses.filter((what) => !areTwo || what !== 'missing');
  const late = faults.filter((found) => !areTwo && isLate(found));
  const letGo = faults.flatMap(({ number, players }) =>
    Object.entries(players).flatMap(([protocol, found]) =>
      found.letGo.map(
        (reason) => `${name}, fault ${number}: the player of ${protocol} was let go: ${reason}`,
      ),
    ),
  );
  const ofPlayers = Object.entries(totals).flatMap(([protocol, total]) =>
    counted
      .filter((what) => total[what] > 0)
      .map((what) => `${name}, ${protocol}: ${total[what]} of ${total.frames} frames ${what}`),
  );
  const ofWitness = witness.flatMap(({ stream, packets, losses: found }) =>
    counted
      .filter((what) => found[what] > 0)
      .map((what) => `${name}, ffmpeg: ${found[what]} of ${packets} packets of ${stream} ${what}`),
  );
  return [
    ...(gaveUp === undefined ? [] : [`${name}: ${gaveUp}`]),
    ...ofPlayers,
    ...ofWitness,
    ...letGo,
    ...late.map(({ number }) => `${name}, fault ${number}: delay was not normal in ${SETTLE_MS} ms`),
    ...complaints.map((complaint) => `${name}: ${complaint}`),
  ];
}

/** The report for people, in Markdown. */
export function formatFaults(report: FaultReport): string {
  const { machine, commit, date, command, chains, broken } = report;
  const result = broken.length === 0 ? ['faults passed'] : broken.map((why) => `FAILED ${why}`);
  return `${[
    `${machine}; commit ${commit}; ${date}`,
    `\`${command}\`; an upstream is given up after ${SILENCE_MS} ms of silence`,
    ...chains.flatMap(formatChain),
    '',
    ...result,
  ].join('\n')}\n`;
}

function formatChain({ hops, faults, totals, witness }: ChainFindings): string[] {
  const kinds = Map.groupBy(faults, ({ faults: own }) => own.map(({ kind }) => kind).join(' + '));
  const players = Object.entries(totals).map(([protocol, { frames }]) => `${frames} frames over ${protocol}`);
  const packets = witness.map(({ stream, packets: count }) => `${count} packets of ${stream} by ffmpeg`);
  const worst = faults.filter((found) => isLate(found) || losses.some((what) => worstOf(found, what) > 0));
  return [
    '',
    `**${hops} ${hops === 1 ? 'hop' : 'hops'}**, ${faults.length} faults: ${[...players, ...packets].join(', ')}`,
    '',
    `| fault | happens | times | ${losses.join(' | ')} | longest delay, ms | normal after, ms: median | most | late | longest delay later, ms |`,
    `| --- | --- | --- | ${losses.map(() => '---').join(' | ')} | --- | --- | --- | --- | --- |`,
    ...[...kinds].map(([name, own]) => formatKind(name, own)),
    ...worst.map(
      (found) =>
        `- ${found.number}: ${found.faults.map(describeFault).join(' + ')}: ${losses
          .map((what) => `${worstOf(found, what)} ${what}`)
          .filter((text) => !text.startsWith('0 '))
          .concat(isLate(found) ? [`normal after ${worstOf(found, 'unsettledMs').toFixed(0)} ms`] : [])
          .join(', ')}`,
    ),
  ];
}

function formatKind(name: string, faults: readonly FaultFindings[]): string {
  const about = name
    .split(' + ')
    .map((kind) => faultKinds[kind as FaultKind].about)
    .join('; ');
  const sums = losses.map((what) => faults.reduce((sum, found) => sum + worstOf(found, what), 0));
  const unsettled = faults.map((found) => worstOf(found, 'unsettledMs')).sort((one, other) => one - other);
  const figures = [
    Math.max(...faults.map((found) => worstOf(found, 'longestDelayMs'))),
    unsettled[Math.floor(unsettled.length / 2)] ?? 0,
    unsettled.at(-1) ?? 0,
  ].map((ms) => ms.toFixed(0));
  const late = faults.filter(isLate).length;
  const later = Math.max(...faults.map((found) => worstOf(found, 'laterDelayMs'))).toFixed(0);
  return `| ${[name, about, faults.length, ...sums, ...figures, late, later].join(' | ')} |`;
}

/** Of the player that fared worst. */
function worstOf({ players }: FaultFindings, what: keyof Omit<PlayerFindings, 'letGo'>): number {
  return Math.max(...Object.values(players).map((found) => found[what]));
}
