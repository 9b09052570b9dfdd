import { figuresOf } from './figures-of-case.ts';
import type { RowRecord } from './record.ts';
import type { Spread } from './statistics.ts';

/** One point of a line: a figure at a number of players. */
export interface Point {
  readonly players: number;
  readonly value: Spread;
}

/** One server's line. */
export interface Line {
  readonly server: string;
  readonly points: readonly Point[];
}

/** One diagram of the chart. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const PANEL = { width: 380, height: 300, left: 58, top: 40, right: 16, bottom: 44 };
const LEGEND_ROW = 20;
const LEGEND_COLUMNS = 4;
/** Told apart by those who see no difference between red and green, too, on light and dark ground. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#56b4e9', '#7f7f7f', '#b2182b'];

/** What is drawn of the records: rows of one stream of 2.18 Mb/s played over RTMP, and the floor beside them. */
export function panelsOf(records: readonly RowRecord[]): Panel[] {
  const shown = records.filter(({ row }) => /^players-\d+$/.test(row));
  const panel = (
    title: string,
    read: (figures: ReturnType<typeof figuresOf>) => Spread | undefined,
  ): Panel => {
    const points = shown.flatMap((record) =>
      record.cases.flatMap((one) => {
        const value = read(figuresOf(record, one));
        return value === undefined ? [] : [{ server: one.server, players: one.load.players, value }];
      }),
    );
    const lines = [...Map.groupBy(points, ({ server }) => server)].map(([server, own]) => ({
      server,
      points: own.map(({ players, value }) => ({ players, value })).sort((a, b) => a.players - b.players),
    }));
    return { title, lines };
  };
  return [
    panel('CPU, µs for a player and second', ({ cpuUs }) => cpuUs),
    panel('latency p50, ms', ({ latencyP50Ms }) => latencyP50Ms),
    panel('latency p99, ms', ({ latencyP99Ms }) => latencyP99Ms),
  ];
}

/** Draws panels side by side as SVG, readable on light ground and on dark; both axes are logarithmic. */
export function drawChart(panels: readonly Panel[]): string {
  const servers = [...new Set(panels.flatMap(({ lines }) => lines.map(({ server }) => server)))];
  const width = PANEL.width * panels.length;
  const height = PANEL.height + LEGEND_ROW * Math.ceil(servers.length / LEGEND_COLUMNS) + 8;
  const colourOf = (server: string): string => colours[servers.indexOf(server) % colours.length] ?? '#7f7f7f';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(panels.map(({ title }) => title).join('; '))}, over the number of players">`,
    '<style>.ground{fill:#fff}text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.grid{stroke:#d0d7de}',
    '@media (prefers-color-scheme:dark){.ground{fill:#0d1117}text{fill:#e6edf3}.grid{stroke:#3d444d}}</style>',
    `<rect class="ground" width="${width}" height="${height}" rx="6"/>`,
    ...panels.map((panel, index) => drawPanel(panel, index * PANEL.width, colourOf)),
    ...servers.map((server, index) => drawLegend(server, index, width, colourOf(server))),
    '</svg>\n',
  ].join('\n');
}

function drawLegend(server: string, index: number, width: number, colour: string): string {
  const x = PANEL.left + ((index % LEGEND_COLUMNS) * (width - PANEL.left)) / LEGEND_COLUMNS;
  const y = PANEL.height + 4 + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW;
  return `<path d="M${x} ${y}h22" stroke="${colour}" stroke-width="3"/><text x="${round(x + 28)}" y="${y + 4}">${escapeXml(server)}</text>`;
}

function drawPanel({ title, lines }: Panel, offset: number, colourOf: (server: string) => string): string {
  const points = lines.flatMap((line) => line.points);
  const text = `<text class="title" x="${offset + PANEL.left}" y="22">${escapeXml(title)}</text>`;
  if (points.length === 0) return text;
  const x = scale(
    points.map(({ players }) => players),
    offset + PANEL.left,
    offset + PANEL.width - PANEL.right,
  );
  const y = scale(
    points.flatMap(({ value }) => [value.least, value.most]),
    PANEL.height - PANEL.bottom,
    PANEL.top,
  );
  const grid = [
    ...x.ticks.map((tick) => {
      const at = round(x.at(tick));
      return `<path class="grid" d="M${at} ${PANEL.top}V${PANEL.height - PANEL.bottom}"/><text x="${at}" y="${PANEL.height - PANEL.bottom + 18}" text-anchor="middle">${label(tick)}</text>`;
    }),
    ...y.ticks.map((tick) => {
      const at = round(y.at(tick));
      return `<path class="grid" d="M${offset + PANEL.left} ${at}H${offset + PANEL.width - PANEL.right}"/><text x="${offset + PANEL.left - 6}" y="${at + 4}" text-anchor="end">${label(tick)}</text>`;
    }),
  ];
  const drawn = lines.map(({ server, points: own }) => {
    const colour = colourOf(server);
    const path = own
      .map(({ players, value }) => `${round(x.at(players))} ${round(y.at(value.median))}`)
      .join('L');
    const marks = own.map(({ players, value }) => {
      const at = round(x.at(players));
      const whisker = `<path d="M${at} ${round(y.at(value.least))}V${round(y.at(value.most))}" stroke="${colour}" stroke-width="1.5"/>`;
      return `${whisker}<circle cx="${at}" cy="${round(y.at(value.median))}" r="3.5" fill="${colour}"/>`;
    });
    return `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>${marks.join('')}`;
  });
  const under = `<text x="${offset + (PANEL.left + PANEL.width - PANEL.right) / 2}" y="${PANEL.height - 10}" text-anchor="middle">players</text>`;
  return [text, ...grid, ...drawn, under].join('\n');
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** A logarithmic axis whose ends are 1, 2 or 5 times a power of ten. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const steps = [-2, -1, 0, 1, 2, 3, 4, 5].flatMap((power) =>
    [1, 2, 5].map((factor) => factor * 10 ** power),
  );
  const sure = values.filter((value) => value > 0);
  const [least, most] = [Math.min(...sure), Math.max(...sure)];
  const low = steps.findLast((step) => step <= least) ?? 0.01;
  const high = steps.find((step) => step >= most && step > low) ?? 10 ** 6;
  const share = (value: number): number => Math.log(Math.max(value, low) / low) / Math.log(high / low);
  const ticks = steps.filter((step) => step >= low && step <= high);
  return { at: (value) => from + (to - from) * share(value), ticks };
}

function label(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
