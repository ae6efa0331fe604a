using Microsoft.Extensions.Configuration;
using PhotoService.Demo;
using PhotoService.Tasks;

// Run by eng/demo.sh, which starts the broker, the database, the API and the worker, and says where they are; and by itself, as a worker to be killed.
var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
if (settings["Crash"] is { } step)
{
    await DoomedBilling.RunAsync(Enum.Parse<CrashStep>(step), Guid.Parse(Required("Order")));
    return 0;
}

var broker = new Uri(Required("TaskQueue:RabbitMq:Uri"));

using var photos = new PhotoClient(new Uri(Required("Api")));
var charge = settings.GetConnectionString("Billing") is { } database ? new ChargeStory(photos, new CardStatement(database), Required("Billing")) : null;
var story = new PhotoStory(photos, new PhotoStore(Required("Photos:Storage")), new DeadLetterQueue(broker, "tq.make-thumbnails.dead"), Required("Uploads"), charge);
try
{
    await story.TellAsync();
    story.PrintSummary(settings["Management"]);
    return 0;
}
catch (DemoFailedException failure)
{
    await Console.Error.WriteLineAsync($"FAILED: {failure.Message}");
    return 1;
}

string Required(string name) => settings[name] ?? throw new InvalidOperationException($"The setting '{name}' is missing; eng/demo.sh gives it.");
