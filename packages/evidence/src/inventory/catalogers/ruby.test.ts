import { describe, expect, it } from "vitest";
import { file, inventoryOf } from "../../../test/image.ts";

const RAKE = `# -*- encoding: utf-8 -*-
# stub: rake 13.2.1 ruby lib

Gem::Specification.new do |s|
  s.name = "rake".freeze
  s.version = "13.2.1"
  s.authors = ["Hiroshi SHIBATA".freeze, "Jim Weirich".freeze]
  s.licenses = ["MIT".freeze]
end
`;
const GEMS = "usr/local/bundle/specifications";

describe("Ruby gems", () => {
  it("come from the specifications of what is installed", async () => {
    const { packages, problems } = await inventoryOf([
      file(`${GEMS}/rake-13.2.1.gemspec`, RAKE),
      file(`${GEMS}/default/json-2.9.gemspec`, "# stub: json 2.9.1 ruby lib\u0000ext\n"),
      file(`${GEMS}/nokogiri.gemspec`, "# stub: nokogiri 1.18.0 x86_64-linux-gnu lib\n"),
      file("app/mine.gemspec", "Gem::Specification.new\n"),
      file("usr/local/bundle/gems/rake-13.2.1/rake.gemspec", "Gem::Specification.new\n"),
    ]);
    expect(problems).toEqual([]);
    expect(packages.map(({ purl, licenses, supplier }) => [purl, supplier, ...licenses])).toEqual([
      ["pkg:gem/json@2.9.1", undefined],
      ["pkg:gem/nokogiri@1.18.0?platform=x86_64-linux-gnu", undefined],
      ["pkg:gem/rake@13.2.1", "Hiroshi SHIBATA, Jim Weirich", "MIT"],
    ]);
  });

  it("are told of where a specification does not say what it is without being run", async () => {
    const { packages, problems } = await inventoryOf([
      file(`${GEMS}/a.gemspec`, "system('rm -rf /')\n"),
      file(`${GEMS}/b.gemspec`, "# stub: b\n"),
      file(`${GEMS}/c.gemspec`, Buffer.alloc(1 << 20, '"')),
    ]);
    expect(packages).toEqual([]);
    expect(problems).toEqual(
      ["a", "b", "c"].map(
        (name) => `/${GEMS}/${name}.gemspec: expected a line "# stub: NAME VERSION", found none`,
      ),
    );
  });
});
