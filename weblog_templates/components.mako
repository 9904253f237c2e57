<%page expression_filter="h"/>
<%doc>Parts that the pages share.</%doc>

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
