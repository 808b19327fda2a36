import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { OrangeryError } from '@orangery/std';

/** Elements in their order: `{ disk: [...], ':@': { '@type': 'file' } }`. Text is `{ '#text': … }`. */
export type XmlNode = {
  [name: string]: XmlNode[] | string | number | boolean | Record<string, unknown> | undefined;
};

const settings = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
} as const;

// `htmlEntities` is what reads characters that are given by number.
const parser = new XMLParser({ ...settings, processEntities: true, htmlEntities: true });
const builder = new XMLBuilder({ ...settings, suppressEmptyNode: true, processEntities: true });

export function parseXml(text: string): XmlNode[] {
  try {
    return parser.parse(text) as XmlNode[];
  } catch (error) {
    throw new OrangeryError('malformedXml', 'The hypervisor sent XML that cannot be read', { cause: error });
  }
}

export function buildXml(nodes: XmlNode[]): string {
  return builder.build(nodes);
}

/** One element with attributes and children; `undefined` children are left out. */
export function element(
  name: string,
  attributes: Record<string, string | number | undefined> = {},
  children: (XmlNode | string | undefined)[] = [],
): XmlNode {
  const present = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const nodes = children
    .filter((child) => child !== undefined)
    .map((child) => (typeof child === 'string' ? { '#text': child } : child));
  const node: XmlNode = { [name]: nodes };
  if (present.length > 0) {
    node[':@'] = Object.fromEntries(present.map(([key, value]) => [`@${key}`, String(value)]));
  }
  return node;
}

export function nameOf(node: XmlNode): string {
  return Object.keys(node).find((key) => key !== ':@') ?? '';
}

export function childrenOf(node: XmlNode | undefined, name?: string): XmlNode[] {
  if (node === undefined) return [];
  const children = node[nameOf(node)];
  if (!Array.isArray(children)) return [];
  return name === undefined ? children : children.filter((child) => nameOf(child) === name);
}

/** The first element at a path of names below `node`. */
export function find(node: XmlNode | undefined, ...path: string[]): XmlNode | undefined {
  let at = node;
  for (const name of path) at = childrenOf(at, name)[0];
  return at;
}

export function attributesOf(node: XmlNode | undefined): Record<string, string> {
  return (node?.[':@'] as Record<string, string> | undefined) ?? {};
}

export function attribute(node: XmlNode | undefined, name: string): string | undefined {
  return attributesOf(node)[`@${name}`];
}

export function textOf(node: XmlNode | undefined): string {
  return childrenOf(node)
    .map((child) => child['#text'])
    .filter((text) => typeof text === 'string')
    .join('');
}

export function setText(node: XmlNode, text: string): void {
  node[nameOf(node)] = [{ '#text': text }];
}

/** The document's root element of that name. */
export function root(text: string, name: string): XmlNode {
  const node = parseXml(text).find((each) => nameOf(each) === name);
  if (node === undefined) {
    throw new OrangeryError('malformedXml', `The hypervisor sent XML without the element <${name}>`);
  }
  return node;
}
