<%page expression_filter="h"/>
<%doc>Components of several pages.</%doc>

<%! from pipeline_gfluxscale.pipeline.exhibits import cell_text %>

<%def name="table(shown, label)">
<div class="scroll tall" tabindex="0" role="region" aria-label="${label}">
<table class="sortable">
  <thead><tr>
  % for i, column in enumerate(shown.columns):
    <th scope="col" class="${'number' if shown.is_number(i) else ''}">${column}</th>
  % endfor
  </tr></thead>
  <tbody>
  % for row in shown.rows:
  <tr>
    % for i, item in enumerate(row):
    <td class="${'number' if shown.is_number(i) else 'wrap'}" data-sort="${'' if item is None else item}">${cell_text(item)}</td>
    % endfor
  </tr>
  % endfor
  </tbody>
</table>
</div>
</%def>

<%def name="agreement(shown)">
% if shown:
<section aria-labelledby="agreement">
<h2 id="agreement">Do the execution blocks agree?</h2>
<p class="notice ${'' if shown.is_compared and not shown.low_scores else 'notice-warning'}">${shown.verdict}</p>
% if shown.low_scores:
${scores(shown.low_scores)}
% if shown.n_more:
<p>${shown.n_more} more low scores are in the table of the execution blocks.</p>
% endif
% endif
% if shown.is_compared:
<p>The factors are from a joint fit to the calibrators that were observed in several blocks. The flux densities of a block,
multiplied by its factor, are on the common scale. Quasars may vary from block to block.</p>
% endif
% for sentence in shown.odd:
<p class="notice notice-warning"><strong>Odd:</strong> ${sentence}</p>
% endfor
% if shown.figures:
<h3>Factors, and flux densities against the date</h3>
% endif
<div class="gallery">
  % for f in shown.figures:
  ${figure(f)}
  % endfor
</div>
% for exhibit in shown.tables:
<h3>${exhibit.title}</h3>
${table(exhibit, exhibit.title)}
% endfor
</section>
% endif
</%def>

<%def name="badge(band, score)">
<% mark = {"green": "✓", "blue": "●", "yellow": "▲", "red": "✕"}.get(band, "") %>
<span class="badge badge-${band}"><span aria-hidden="true">${mark} </span>${score}<span class="visually-hidden"> (${band})</span></span>
</%def>

<%def name="cell(c, number, kind='')">
<td class="${'number ' if number else ''}${kind}" data-sort="${c.text if c.sort is None else c.sort}">${c.text}</td>
</%def>

<%def name="figure(f, kind='')">
<figure class="figure ${kind}">
  <h4>${f.title}</h4>
  <a class="plot" href="${f.file}" data-title="${f.title}">
    <img src="${f.file}" alt="${f.alt}" width="${f.size[0]}" height="${f.size[1]}" loading="lazy">
  </a>
  % for s in f.scores:
  <p class="beside">${badge(s.band, s.score)} <strong>${s.metric}.</strong> ${s.longmsg}</p>
  % endfor
  <figcaption>${f.caption}</figcaption>
</figure>
</%def>

<%def name="lines(items)">
<pre tabindex="0"><code>\
% for item in items:
${item}
% endfor
</code></pre>
</%def>

<%def name="scores(rows)">
% if rows:
<ul class="scores">
  % for score in rows:
  <li>
    ${badge(score.band, score.score)}
    <div>
      <p><strong>${score.metric}</strong> · ${score.shortmsg}</p>
      <p>${score.longmsg}</p>
      <p class="quiet">${score.value} · applies to ${score.applies_to}</p>
    </div>
  </li>
  % endfor
</ul>
% else:
<p>No scores.</p>
% endif
</%def>

<%def name="elapsed(steps)">
<table>
  <caption>Elapsed time</caption>
  <thead><tr><th scope="col">Step</th><th scope="col" class="number">s</th></tr></thead>
  <tbody>
  % for name, seconds in steps.items():
  <tr><th scope="row">${name}</th><td class="number">${f"{seconds:.2f}"}</td></tr>
  % endfor
  <tr class="sum"><th scope="row">Total</th><td class="number">${f"{sum(steps.values()):.2f}"}</td></tr>
  </tbody>
</table>
</%def>

<%def name="run_record(record, steps)">
% if record or steps:
<div class="columns">
% if record:
<table>
  <caption>Parameters</caption>
  <thead><tr><th scope="col">Parameter</th><th scope="col">Value</th></tr></thead>
  <tbody>
  % for name, value in record.parameters.items():
  <tr><th scope="row">${name}</th><td class="wrap"><code>${value}</code></td></tr>
  % endfor
  </tbody>
</table>
% endif
% if steps:
${elapsed(steps)}
% endif
% if record:
<table>
  <caption>Software</caption>
  <thead><tr><th scope="col">Package</th><th scope="col">Version</th></tr></thead>
  <tbody>
  % for name, number in record.versions.items():
  <tr><th scope="row">${name}</th><td>${number}</td></tr>
  % endfor
  </tbody>
</table>
% endif
</div>
% endif
</%def>

<%def name="viewer()">
<dialog class="viewer" aria-labelledby="viewer-title">
  <div class="viewer-head">
    <h2 id="viewer-title"></h2>
    <button type="button" class="viewer-previous" aria-label="Previous plot">←</button>
    <button type="button" class="viewer-next" aria-label="Next plot">→</button>
    <button type="button" class="viewer-close" aria-label="Close">✕</button>
  </div>
  <div class="viewer-plot" tabindex="0" role="region" aria-label="Plot"><img alt=""></div>
  <p class="viewer-caption"></p>
</dialog>
</%def>
