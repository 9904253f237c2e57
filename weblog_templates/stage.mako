<%page expression_filter="h"/>
<%inherit file="${context['layout']}"/>
<%namespace name="c" file="components.mako"/>
<h1>${task}</h1>
<p class="lead">${title}</p>

${c.agreement(agreement)}

% for s in sections:
<section class="ms" id="${s.anchor}" aria-labelledby="${s.anchor}-name">
<h2 id="${s.anchor}-name">${s.vis}</h2>
% if s.error:
<p class="notice notice-error"><strong>Failed:</strong> ${s.error}</p>
% endif
% for warning in s.warnings:
<p class="notice notice-warning"><strong>Warning:</strong> ${warning}</p>
% endfor
% if s.note:
<p class="notice"><strong>Note:</strong> ${s.note}</p>
% endif

<h3 id="${s.anchor}-qa">Quality</h3>
${c.scores(s.scores)}

% for number, table in enumerate(s.exhibits):
<h3 id="${s.anchor}-table-${number}">${table.title}</h3>
${c.table(table, f"{table.title} of {s.vis}")}
% endfor

% if s.figures:
<h3 id="${s.anchor}-plots">Plots</h3>
<div class="gallery">
  % for f in s.figures:
  ${c.figure(f)}
  % endfor
</div>
% endif

<h3 id="${s.anchor}-call">Call</h3>
<p><code>${call}</code></p>
${c.run_record(s.record, s.elapsed)}
% if s.commands_file:
<details><summary>CASA commands (${len(s.record.commands)})</summary>
${c.lines(s.record.commands)}
</details>
<p><a href="${s.commands_file}" download>Download the CASA commands</a></p>
% endif
</section>
% endfor

${c.viewer()}
