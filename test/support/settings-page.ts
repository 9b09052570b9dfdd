import type { z } from 'zod';
import { type SettingRow, settingRows } from './setting-rows.ts';

const MIB = 2 ** 20;

/**
 * A page of settings as it has to be: a table for each section of the schema, in its order.
 * @param page - as it is: what stands before the first table is kept, and so is what each setting means
 */
export function settingsPage(schema: z.ZodType, page: string): string {
  const [preface = ''] = page.split(/^## /m, 1);
  const meanings = new Map(settingMeanings(page));
  const rows = settingRows(schema);
  const sections = Map.groupBy(rows, ({ path }) => sectionOf(path, rows));
  const tables = [...sections].map(([name, settings]) => {
    const lines = settings.map((row) => `${lineOf(row)} ${meanings.get(row.path) ?? ''} |`);
    return [
      `## ${name}`,
      '',
      '| setting | default | values | meaning |',
      '| --- | --- | --- | --- |',
      ...lines,
      '',
    ];
  });
  return `${preface}${tables.flat().join('\n')}`;
}

/** What a page says of each setting, by path. */
export function settingMeanings(page: string): readonly (readonly [path: string, meaning: string])[] {
  const lines = page.matchAll(/^\| `([^`]+)` \|.*\| (.*) \|$/gm);
  return [...lines].map(([, path = '', meaning = '']) => [path, meaning]);
}

/** The first name of a path; `general` for what is in no section. */
function sectionOf(path: string, rows: readonly SettingRow[]): string {
  const [top = path] = path.split(/[.[]/, 1);
  return rows.some((row) => row.path !== top && row.path.split(/[.[]/, 1)[0] === top) ? top : 'general';
}

function lineOf({ path, default: value, values }: SettingRow): string {
  const bytes = path.includes('Bytes') ? Number(value) : Number.NaN;
  const size = bytes > 0 && bytes % MIB === 0 ? ` (${bytes / MIB} MiB)` : '';
  const quoted = value === 'required' ? value : `\`${value}\``;
  return `| \`${path}\` | ${quoted}${size} | ${values.replace(/"[^"]*"|\bnull\b/g, '`$&`')} |`;
}
