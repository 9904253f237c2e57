<%doc>The page of hifa_gfluxscale, in the frame of the ALMA Pipeline's pages.</%doc>
<%inherit file="t2-4m_details-base.mako"/>
<%block name="title">Transfer the absolute flux scale</%block>
<link rel="stylesheet" href="${gfluxscale_static}/style.css">
${gfluxscale_page}
<script src="${gfluxscale_static}/page.js"></script>
