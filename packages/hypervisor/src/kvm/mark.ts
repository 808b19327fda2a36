import type { Mark } from '../description.ts';
import { attribute, buildXml, childrenOf, element, find, nameOf, type XmlNode } from './xml.ts';

export const MARK_NAMESPACE = 'urn:orangery:mark:1';
const KINDS: readonly Mark['kind'][] = ['machine', 'template', 'network', 'probe'];

export function markElement(mark: Mark): XmlNode {
  return element('orangery:mark', {
    'xmlns:orangery': MARK_NAMESPACE,
    installation: mark.installationId,
    generation: mark.generation,
    kind: mark.kind,
    row: mark.rowId,
  });
}

/** As it stands in a definition's `<metadata>`. */
export function markXml(mark: Mark): string {
  return buildXml([markElement(mark)]);
}

/** The mark in a domain's or network's `<metadata>`. Libvirt keeps the prefix, but only the namespace counts. */
export function markOf(definition: XmlNode): Mark | undefined {
  const node = childrenOf(find(definition, 'metadata')).find((each) => {
    const name = nameOf(each);
    const prefix = name.includes(':') ? name.slice(0, name.indexOf(':')) : '';
    const declared = attribute(each, prefix === '' ? 'xmlns' : `xmlns:${prefix}`);
    return declared === MARK_NAMESPACE && name.endsWith('mark');
  });
  const installationId = attribute(node, 'installation');
  const rowId = attribute(node, 'row');
  const generation = Number(attribute(node, 'generation'));
  const kind = KINDS.find((each) => each === attribute(node, 'kind'));
  if (
    installationId === undefined ||
    rowId === undefined ||
    kind === undefined ||
    !Number.isInteger(generation)
  ) {
    return undefined;
  }
  return { installationId, generation, kind, rowId };
}
