// Shows the API's description. Only reading can be tried here: money is not moved from a page of documentation.
const place = document.getElementById("description");
SwaggerUIBundle({
  domNode: place,
  url: place.dataset.address,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  supportedSubmitMethods: ["get"],
  validatorUrl: null,
});
