// The description of the API from openapi.json, without a library and without anything from outside.

import { el } from "./parts/dom.js";
import { Service } from "./parts/service.js";

function typeOf(schema, spec) {
  if (schema.$ref) return typeOf(resolve(schema, spec), spec);
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.anyOf) return schema.anyOf.filter((one) => one.type !== "null").map((one) => typeOf(one, spec)).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items ?? {}, spec)}，可多个`;
  return schema.format ?? schema.type ?? "";
}

function resolve(schema, spec) {
  return schema.$ref ? spec.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function table(rows) {
  return el("table", {}, el("tbody", {}, rows.map(([name, required, type, about]) => el("tr", {},
    el("th", { scope: "row" }, name, required ? " *" : ""), el("td", {}, type), el("td", {}, about)))));
}

function parameterRow(parameter, spec) {
  const about = [parameter.description, parameter.schema.default === undefined ? "" : `默认 ${parameter.schema.default}`];
  return [parameter.name, parameter.required, typeOf(parameter.schema, spec), about.filter(Boolean).join("；")];
}

function propertyRows(schema, spec, prefix = "") {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const inner = resolve(property.allOf?.[0] ?? property, spec);
    const row = [prefix + name, schema.required?.includes(name), typeOf(property, spec), property.description ?? inner.description ?? ""];
    return [row, ...(inner.properties ? propertyRows(inner, spec, `${prefix}${name}.`) : [])];
  });
}

function operation(path, method, described, spec) {
  const body = described.requestBody?.content["application/json"].schema;
  const asked = body ? resolve(body, spec) : null;
  const given = resolve(described.responses["200"]?.content?.["application/json"]?.schema ?? {}, spec) ?? {};
  return el("section", { id: described.operationId },
    el("h2", {}, el("code", {}, `${method.toUpperCase()} ${path}`), ` ${described.summary ?? ""}`),
    el("p", {}, described.description ?? ""),
    described.parameters?.length ? table(described.parameters.map((one) => parameterRow(one, spec))) : null,
    asked ? table(propertyRows(asked, spec)) : null,
    ...(asked?.examples ?? []).map((example) => el("pre", {}, JSON.stringify(example, null, 1))),
    given.properties ? el("details", {}, el("summary", {}, "返回"), el("p", {}, given.description ?? ""), table(propertyRows(given, spec))) : null,
    el("p", { class: "quiet" }, `可能的状态：${Object.entries(described.responses).map(([status, one]) => `${status} ${one.description}`).join("；")}`));
}

async function begin() {
  const docs = document.getElementById("docs");
  try {
    const spec = await new Service(location.origin).call("docs", "/openapi.json");
    docs.replaceChildren(
      el("section", {}, el("h1", {}, `${spec.info.title} 接口说明`), ...spec.info.description.split("\n").filter(Boolean).map((line) => el("p", {}, line.replaceAll("`", "")))),
      ...Object.entries(spec.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, described]) => operation(path, method, described, spec))));
  } catch (error) {
    docs.replaceChildren(el("p", { class: "failed" }, error.message));
  }
}

begin();
