import { ComponentType, LicenseAcknowledgement } from "@cyclonedx/cyclonedx-library/Enums";
import {
  Bom,
  Component,
  HashDictionary,
  LicenseExpression,
  LicenseRepository,
  Metadata,
  NamedLicense,
  OrganizationalEntity,
  Property,
  PropertyRepository,
  SpdxLicense,
  Tools,
  ComponentRepository,
} from "@cyclonedx/cyclonedx-library/Models";
import { JSON as Json, JsonSerializer } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import type { StoredImage } from "@seaworthy/oci";
import type { Distro, Inventory, Package } from "../inventory/package.ts";
import { type LayerOrigin, layerOrigins } from "./layer-origins.ts";
import { allOf, isExpression } from "./licences.ts";
import { type SbomOptions, type Subject, subjectOf } from "./subject.ts";

/**
 * The inventory of an image as a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/): the image is what it is
 * about, and each component says which layer brought it. The same image, the same document.
 */
export function toCycloneDx(image: StoredImage, inventory: Inventory, options: SbomOptions = {}): object {
  const subject = subjectOf(image, inventory, options);
  const layers = layerOrigins(image);
  const components = inventory.packages.map((found) => toComponent(found, layers));
  const system = inventory.distro === undefined ? [] : [toSystem(inventory.distro)];
  const bom = new Bom({
    serialNumber: `urn:uuid:${subject.uuid}`,
    metadata: new Metadata({
      timestamp: new Date(subject.created),
      tools: new Tools({
        components: new ComponentRepository([new Component(ComponentType.Application, "seaworthy")]),
      }),
      component: toContainer(subject, layers),
      properties: properties(notesOn(inventory)),
    }),
    components: new ComponentRepository([...system, ...components]),
  });
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  return JSON.parse(serializer.serialize(bom, { sortLists: true })) as object;
}

type Note = readonly [name: string, value: string | undefined];

function properties(notes: readonly Note[]): PropertyRepository {
  const given = notes.flatMap(([name, value]) =>
    value === undefined ? [] : [new Property(`seaworthy:${name}`, value)],
  );
  return new PropertyRepository(given);
}

/** What a reader has to know of how complete this is. */
function notesOn({ merged, problems }: Inventory): readonly Note[] {
  return [
    ...merged.map(({ path, format, packages }): Note => [
      "merged",
      `/${path} (${format}, ${packages} packages)`,
    ]),
    ...problems.map((problem): Note => ["problem", problem]),
  ];
}

function toContainer(
  { name, digest, sha256, platform, purl }: Subject,
  layers: readonly LayerOrigin[],
): Component {
  const notes = layers.flatMap((layer, at): readonly Note[] => [
    [`layer:${at}:digest`, layer.digest],
    [`layer:${at}:diffId`, layer.diffId],
    [`layer:${at}:createdBy`, layer.createdBy],
  ]);
  return new Component(ComponentType.Container, name, {
    bomRef: purl ?? digest,
    version: digest,
    hashes: new HashDictionary([["SHA-256" as never, sha256]]),
    properties: properties([["platform", platform], ...notes]),
    ...(purl !== undefined && { purl }),
  });
}

function toSystem({ id, version, name }: Distro): Component {
  return new Component(ComponentType.OperatingSystem, id, {
    bomRef: `operating-system:${id}`,
    ...(version !== undefined && { version }),
    ...(name !== undefined && { description: name }),
  });
}

function toComponent(found: Package, layers: readonly LayerOrigin[]): Component {
  const { name, version, purl, supplier, source, hashes, locations, foundBy } = found;
  const [first] = locations;
  const layer = first === undefined ? undefined : layers[first.layer];
  return new Component(ComponentType.Library, name, {
    bomRef: purl,
    version,
    purl,
    hashes: new HashDictionary(hashes.map(({ algorithm, value }) => [algorithm as never, value])),
    licenses: licencesOf(found),
    properties: properties([
      ["foundBy", foundBy],
      ["layer", first?.layer.toString()],
      ["layer:digest", layer?.digest],
      ["layer:diffId", layer?.diffId],
      ["source:name", source?.name],
      ["source:version", source?.version],
      ...locations.map(({ path }): Note => ["location", `/${path}`]),
    ]),
    ...(supplier !== undefined && { supplier: new OrganizationalEntity({ name: supplier }) }),
  });
}

/** Either one expression, or a list of which some are nobody's but the package's own words. */
function licencesOf({ licenses }: Package): LicenseRepository {
  const found = new LicenseRepository();
  if (licenses.length === 0) return found;
  const isOneExpression = licenses.every(isExpression) && !(licenses.length === 1 && isId(licenses[0]!));
  const all = isOneExpression
    ? [new LicenseExpression(allOf(licenses))]
    : licenses.map((name) =>
        isId(name) && isExpression(name) ? new SpdxLicense(name) : new NamedLicense(name),
      );
  for (const licence of all) {
    licence.acknowledgement = LicenseAcknowledgement.Declared;
    found.add(licence);
  }
  return found;
}

function isId(text: string): boolean {
  return !/[\s()]/.test(text);
}
