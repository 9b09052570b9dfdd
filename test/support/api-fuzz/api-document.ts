import { z } from 'zod';

/** A part of an OpenAPI document. */
export type Schema = Readonly<Record<string, unknown>>;

/** What an operation may be asked with. */
export interface DocumentedParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly schema: Schema;
}

/** Of what type an answer is, and what its JSON has to be; `none` where there is no body. */
export type DocumentedAnswer =
  | { readonly contentType: string; readonly json: z.ZodType | undefined }
  | 'none';

/** One method of a path, as the document has it. */
export interface DocumentedOperation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly DocumentedParameter[];
  /** Of the JSON that comes with it; undefined where none may come. */
  readonly body: Schema | undefined;
  /** By status. */
  readonly answers: ReadonlyMap<number, DocumentedAnswer>;
}

interface Content {
  readonly [contentType: string]: { readonly schema: Schema };
}

interface Written {
  readonly parameters?: readonly DocumentedParameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

/** An OpenAPI document as a relay serves it. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Written>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** All operations of a document, with a judge for each answer. */
export function operationsOf({
  paths,
  components: { schemas },
}: ApiDocument): readonly DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema,
      answers: new Map(
        Object.entries(responses).map(([status, { content }]): [number, DocumentedAnswer] => {
          const [[contentType = '', { schema = {} } = {}] = []] = Object.entries(content ?? {});
          if (content === undefined) return [Number(status), 'none'];
          const isJson = contentType === 'application/json';
          const json = isJson ? z.fromJSONSchema(resolved(schema, schemas) as never) : undefined;
          return [Number(status), { contentType, json }];
        }),
      ),
    })),
  );
}

/** With what a reference means in its place. */
function resolved(schema: Schema, schemas: ApiDocument['components']['schemas']): Schema {
  const { $ref: reference } = schema;
  if (typeof reference !== 'string') return schema;
  return schemas[reference.slice(reference.lastIndexOf('/') + 1)] ?? {};
}
