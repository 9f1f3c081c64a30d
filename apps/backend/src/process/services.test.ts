import { describe, expect, it } from "vitest";

import { agentNames, chooseService, serviceNames, toAgentName } from "./services.ts";
import { StartError } from "./start-error.ts";

describe("chooseService", () => {
  it("takes the first argument before SERVICE_TYPE before the gateway", () => {
    expect(chooseService(["agent-critic"], "agent-writer").name).toBe("agent-critic");
    expect(chooseService([], "agent-writer").name).toBe("agent-writer");
    expect(chooseService([], undefined).name).toBe("api-gateway");
  });

  it("treats an empty argument and an empty SERVICE_TYPE as absent", () => {
    expect(chooseService([""], "agent-writer").name).toBe("agent-writer");
    expect(chooseService([], "").name).toBe("api-gateway");
  });

  it("knows eleven services", () => {
    expect(serviceNames).toHaveLength(11);
    for (const name of serviceNames) expect(chooseService([name], undefined).name).toBe(name);
  });

  it.each(["writer", "agent-", "AGENT-WRITER", "__proto__", "agent-writer\nINFO forged", "x".repeat(500)])(
    "refuses %j in one line that lists the valid names",
    (name) => {
      const refuse = () => chooseService([name], undefined);
      expect(refuse).toThrow(StartError);
      expect(refuse).toThrow(
        /^unknown service ".*"; expected one of api-gateway, agent-worldsmith, .*agent-rewriter$/,
      );
    },
  );

  it("refuses a second argument", () => {
    expect(() => chooseService(["agent-critic", "now"], undefined)).toThrow("expected one argument");
  });
});

describe("toAgentName", () => {
  it("reads a name with and without its prefix", () => {
    for (const name of agentNames) {
      expect(toAgentName(name)).toBe(name);
      expect(toAgentName(`agent-${name}`)).toBe(name);
    }
  });

  it.each(["", "agent-", "agent-agent-writer", "Writer", "api-gateway", "constructor"])(
    "does not know %j",
    (text) => {
      expect(toAgentName(text)).toBeUndefined();
    },
  );
});
